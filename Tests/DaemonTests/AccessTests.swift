import Linux
import Testing

@testable import Daemon

/// The roles of clients on the control socket.
struct AccessTests {
    private static let access = Access(
        user: 100, readers: Access.Group("holdfast", number: 200), commanders: Access.Group("admins", number: 300))

    @Test(
        "Root, the daemon's user and one group may give commands, and another group may read",
        arguments: [
            (0, [0], .commander), (100, [1], .commander), (1000, [300], .commander), (1000, [1, 2, 300], .commander),
            (1000, [200, 300], .commander), (1000, [1000, 200], .reader), (1000, [200], .reader),
            (1000, [1000], .stranger), (1000, [], .stranger), (200, [100], .stranger), (300, [0], .stranger),
        ] as [(UInt32, [UInt32], Access.Role)])
    func roles(
        user: UInt32, groups: [UInt32], role: Access.Role
    ) {
        #expect(AccessTests.access.role(of: Peer(process: 1, user: user, groups: groups)) == role)
    }

    @Test("A group that the system does not have has no members")
    func missingGroup() {
        let access = Access(
            user: 100, readers: AccessTests.access.readers, commanders: Access.Group("gone", number: nil))
        let peer = Peer(process: 1, user: 1000, groups: [0, 200, .max])
        #expect(access.role(of: peer) == .reader)
        #expect(access.refusal(of: "reload", to: peer, needing: .commander).contains("has no group 'gone': create it"))
        #expect(access.refusal(of: "read", to: peer, needing: .reader).contains("usermod -aG holdfast USER"))
    }
}
