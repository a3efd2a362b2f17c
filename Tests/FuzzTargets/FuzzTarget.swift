// FuzzTargets: what is done with inputs that nobody would write.
//
// A target takes any bytes, and traps where there are two answers and should be one. libFuzzer invents the bytes (the
// package Fuzz), and so do the tests, a few thousand of them.

/// Something to try on any bytes.
public struct FuzzTarget: Sendable {
    public let name: String
    /// Inputs to begin with.
    public let seeds: [[UInt8]]
    private let action: @Sendable (RawSpan) -> Void

    init(_ name: String, seeds: [[UInt8]], _ action: @escaping @Sendable (RawSpan) -> Void) {
        (self.name, self.seeds, self.action) = (name, seeds, action)
    }

    /// Tries it on an input; traps when it fails.
    public func run(_ input: RawSpan) { action(input) }

    public static let all = [assembler, decimal, machine, capture, repair]
}

/// Traps where something does not hold, and says so in release builds, too (`precondition` does not).
func require(_ holds: Bool, _ text: @autoclosure () -> String) {
    if !holds { fatalError(text()) }
}

extension RawSpan {
    var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
    var text: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}
