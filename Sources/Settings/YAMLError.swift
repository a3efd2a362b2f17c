/// Why a text is no document that a composer can build.
package enum YAMLError: Error {
    /// The text is not YAML; `problem` completes the sentence "not valid YAML: ...".
    case invalid(problem: String, at: Position)
    /// The node at this position nests deeper than `YAMLComposer.maximumDepth`.
    case tooDeep(at: Position)
    /// Keys that a mapping has more than once, each with all its positions in the order of the document.
    case duplicateKeys([(key: String, positions: [Position])])
}
