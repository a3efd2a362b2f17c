import Foundation

/// A table in Markdown.
public struct Table: CustomStringConvertible {
    public private(set) var description: String

    public init(_ columns: [String]) {
        description = Table.row(columns) + Table.row(columns.map { _ in "---" })
    }

    public mutating func append(_ cells: [String]) { description += Table.row(cells) }

    /// One row, for tables that are printed row by row.
    public static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
}

extension Double {
    /// The number with `digits` digits after the decimal point.
    public func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
