/// Divides an expression at the names that it inserts.
enum FilterText {
    enum Piece: Equatable {
        case expression(String)
        /// The name after an `@`, which may be empty, and the offset of the `@` in characters.
        case insertion(name: String, offset: Int)
    }

    static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text.unicodeScalars[...]
        var offset = 0
        while !rest.isEmpty {
            let expression = rest.prefix { $0 != "@" }
            if !expression.isEmpty { pieces.append(.expression(String(expression))) }
            rest = rest[expression.endIndex...]
            offset += expression.count
            guard rest.popFirst() != nil else { break }
            let name = Name.prefix(of: rest)
            pieces.append(.insertion(name: name, offset: offset))
            rest = rest.dropFirst(name.unicodeScalars.count)
            offset += 1 + name.unicodeScalars.count
        }
        return pieces
    }
}
