import Glibc

/// Random numbers that a second run can repeat: SplitMix64 (Steele, Lea, Flood, 2014).
///
/// All random tests of a run derive their numbers from one seed. The first of them prints it, and `HOLDFAST_SEED`
/// repeats the run.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The seed of this run.
    package static let seed: UInt64 = {
        let given = unsafe getenv("HOLDFAST_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
        let seed = given ?? .random(in: 0 ... .max)
        print("random tests: repeat this run with HOLDFAST_SEED=\(seed)")
        return seed
    }()

    /// Generators of one run with different `stream` give different numbers.
    package init(stream: UInt64 = 0) {
        state = SeededGenerator.seed
        state = next() ^ stream
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
