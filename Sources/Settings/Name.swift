/// The names of captures and filters. A capture's name becomes a directory and the beginning of file names, so a name
/// is what every file system and every shell takes as it is.
enum Name {
    static let maximumLength = 64
    static let rule = "at most \(maximumLength) letters, digits, '_', '.' and '-', and neither '.' nor '-' first"

    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && prefix(of: text.unicodeScalars) == text && text.utf8.count <= maximumLength
    }

    /// The name that a text starts with; empty when it starts with something else.
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
