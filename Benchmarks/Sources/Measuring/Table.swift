import Foundation

/// A table in Markdown.
public struct Table: CustomStringConvertible {
    public private(set) var description: String

    public init(_ columns: [String]) {
        description = Table.row(columns) + Table.row(columns.map { _ in "---" })
    }

    public mutating func append(_ cells: [String]) { description += Table.row(cells) }

    /// One line, for tables that are printed while they grow.
    public static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
}

extension Double {
    /// With so many digits after the point.
    public func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
