import Testing

@testable import Daemon

/// The limit on log lines, and the report of suppressed ones.
struct LogLimitTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("A burst of lines passes, then one per second, and suppressed lines are counted")
    func burst() {
        var limit = LogLimit()
        let said = (0..<100).count { _ in limit.admits("gone", about: "eth0", at: 0) }
        #expect(said == 60)
        #expect(limit.takeLeftOut().map { "\($0.about): \($0.lines)" } == ["gone, eth0: 40"])
        #expect(limit.takeLeftOut().isEmpty)
        // Ten seconds later there are ten more lines, and another interface has its own.
        #expect((0..<20).count { _ in limit.admits("gone", about: "eth0", at: 10 * LogLimitTests.second) } == 10)
        #expect((0..<20).count { _ in limit.admits("gone", about: "eth1", at: 10 * LogLimitTests.second) } == 20)
        #expect((0..<20).count { _ in limit.admits("sealed", about: "eth0", at: 10 * LogLimitTests.second) } == 20)
    }

    @Test("Names that occur once share a limit, and none is lost from the count")
    func manyNames() {
        var limit = LogLimit()
        var said = 0
        for name in 0..<100_000 where limit.admits("gone", about: "veth\(name)", at: UInt64(name) * 1_000_000) {
            said += 1
        }
        // 600 at once, and ten per second for a hundred seconds.
        #expect(said == 1599 || said == 1600)
        #expect(limit.takeLeftOut().map(\.lines).reduce(said, +) == 100_000)
    }
}
