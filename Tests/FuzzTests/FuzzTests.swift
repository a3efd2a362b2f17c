import FuzzTargets
import TestSupport
import Testing

/// The fuzzers' targets on a few thousand inputs. `make fuzz` goes on from there.
@Suite struct FuzzTests {
    @Test("whatever the input", arguments: FuzzTarget.all.map(\.name))
    func whateverInput(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        for seed in target.seeds { target.run(unsafe seed.span.bytes) }
        var dice = SeededGenerator(stream: 7)
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
    private func mutated(_ seed: [UInt8], _ dice: inout SeededGenerator) -> [UInt8] {
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
