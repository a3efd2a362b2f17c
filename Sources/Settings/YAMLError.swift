/// Why a text is not a document that the composer can build.
package enum YAMLError: Error {
    /// The text is not YAML; `problem` completes the sentence "not valid YAML: ...".
    case invalid(problem: String, at: Position)
    /// The node at this position nests deeper than `YAMLComposer.maximumDepth`.
    case tooDeep(at: Position)
    /// Keys that occur more than once in a mapping, each with all its positions in the order of the document.
    case duplicateKeys([(key: String, positions: [Position])])
}
