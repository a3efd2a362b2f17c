import Foundation
import Linux
import Testing

/// The peer of a Unix socket.
struct PeerTests {
    @Test("The kernel identifies the peer's process, user, groups and program")
    func ownPair() throws {
        var ends: [CInt] = [0, 0]
        try #require(unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let peer = try Peer(of: ends[0])
        #expect(peer.process == getpid() && peer.user == geteuid() && peer.groups.first == getegid())
        var groups = [gid_t](repeating: 0, count: 65536)
        let count = unsafe getgroups(CInt(groups.count), &groups)
        #expect(peer.groups.dropFirst().sorted() == groups.prefix(Int(max(0, count))).sorted())
        let name = try String(contentsOfFile: "/proc/self/comm", encoding: .utf8)
        #expect(peer.program == name.trimmingCharacters(in: .newlines))
    }

    @Test("A descriptor that is not a Unix socket has no peer")
    func noSocket() throws {
        var ends: [CInt] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(throws: SystemError.self) { try Peer(of: ends[0]) }
    }
}

/// The remaining resources of a process.
struct HeadroomTests {
    @Test("Fewer descriptors than the limit are available, more are not, and the check opens none")
    func descriptors() throws {
        let limit = Int(Descriptor.limit)
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        try Headroom.checkDescriptors(8, for: "a test")
        #expect { try Headroom.checkDescriptors(limit, for: "a test") } throws: { error in
            "\(error)".hasPrefix(
                "cannot open files for a test: Too many open files (\(limit) descriptors are needed and ")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count <= before + 1)
        try Headroom.checkThreads(4, for: "a test")
        try Headroom.checkMemory(1 << 20, total: 1 << 20, for: "a test")
        #expect(throws: SystemError.self) {
            try Headroom.checkMemory(1 << 60, total: 0, for: "a test")
        }
    }
}
