/// The rule for names of captures and filters. A capture's name becomes a directory and the prefix of file names, so
/// only characters that need no quoting in any file system or shell are allowed.
enum Name {
    static let maximumLength = 64
    static let rule = "at most \(maximumLength) letters, digits, '_', '.' and '-', and neither '.' nor '-' first"

    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && prefix(of: text.unicodeScalars) == text && text.utf8.count <= maximumLength
    }

    /// The longest name that the text starts with; empty if there is none.
    static func prefix(of text: some BidirectionalCollection<Unicode.Scalar>) -> String {
        guard let first = text.first, isLetter(first) else { return "" }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: text.prefix { isLetter($0) || $0 == "." || $0 == "-" })
        return String(name)
    }

    private static func isLetter(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}
