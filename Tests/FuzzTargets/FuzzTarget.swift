// FuzzTargets: properties that must hold for arbitrary input.
//
// A target accepts any bytes, and traps if two results that must agree differ. libFuzzer generates the bytes (the
// package Fuzz); the tests generate a few thousand inputs as well.

/// A property that must hold for any input.
public struct FuzzTarget: Sendable {
    public let name: String
    /// The initial inputs.
    public let seeds: [[UInt8]]
    private let action: @Sendable (RawSpan) -> Void

    init(_ name: String, seeds: [[UInt8]], _ action: @escaping @Sendable (RawSpan) -> Void) {
        (self.name, self.seeds, self.action) = (name, seeds, action)
    }

    /// Checks the property on an input; traps if it does not hold.
    public func run(_ input: RawSpan) { action(input) }

    public static let all = [assembler, decimal, machine, capture, repair]
}

/// Traps if a condition does not hold. Unlike `precondition`, it prints its message in release builds, too.
func require(_ holds: Bool, _ text: @autoclosure () -> String) {
    if !holds { fatalError(text()) }
}

extension RawSpan {
    var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
    var text: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}
