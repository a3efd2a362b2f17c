import FuzzTargets
import Testing

/// The fuzzers' targets on a few thousand inputs, the same ones each time. `make fuzz` goes on from there.
@Suite struct FuzzTests {
    @Test(arguments: FuzzTarget.all.map(\.name)) func `whatever the input`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        for seed in target.seeds { target.run(unsafe seed.span.bytes) }
        var dice = Dice(state: 7)
        for _ in 0..<3000 {
            let input = target.seeds.randomElement(using: &dice).map { mutated($0, &dice) } ?? []
            target.run(unsafe input.span.bytes)
        }
        for _ in 0..<3000 {
            let input = (0..<Int.random(in: 0..<400, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
            target.run(unsafe input.span.bytes)
        }
    }

    /// With some bytes changed, put in, or taken out.
    private func mutated(_ seed: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var input = seed
        for _ in 0...Int.random(in: 0..<8, using: &dice) {
            let place = Int.random(in: 0..<max(1, input.count), using: &dice)
            switch Int.random(in: 0..<4, using: &dice) {
            case 0 where place < input.count: input[place] = .random(in: 0...255, using: &dice)
            case 1 where place < input.count: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
            case 2: input.insert(contentsOf: seed.suffix(Int.random(in: 0..<9, using: &dice)), at: place)
            default: input.removeSubrange(place..<min(input.count, place + Int.random(in: 0..<9, using: &dice)))
            }
        }
        return input
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
