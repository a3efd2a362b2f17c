import Linux
import Testing

@testable import Settings

@Suite(.enabled(if: Privileges.canOpenPacketSockets, "needs CAP_NET_RAW"))
struct InterfaceCheckTests {
    @Test("An interface that disappears before the check is omitted without an error")
    func disappearedInterface() throws {
        let gone = Interface(index: 1 << 30, name: "hfgone0", hardwareType: 1, isUp: true)
        let loopback = try #require(try Interface.all().first { $0.isLoopback })
        let settings = try settings("captures: { all: { interface: '*' } }")
        #expect(try settings.check(on: [gone, loopback], with: FilterCompilers()) == [loopback])
    }
}
