import Foundation
import Linux
import Testing

/// Who is at the other end of a Unix socket.
struct PeerTests {
    @Test("The kernel tells the peer's process, user, groups and program")
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

    @Test("What is no Unix socket has no peer")
    func noSocket() throws {
        var ends: [CInt] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(throws: SystemError.self) { try Peer(of: ends[0]) }
    }
}

/// What a process may still take.
struct HeadroomTests {
    @Test("Fewer than the limit can be had, more cannot, and asking opens nothing")
    func descriptors() throws {
        let limit = Int(Descriptor.limit)
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        try Headroom.checkDescriptors(8, for: "a test")
        #expect { try Headroom.checkDescriptors(limit, for: "a test") } throws: { error in
            "\(error)".hasPrefix("cannot open files for a test: Too many open files (\(limit) are needed and ")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count <= before + 1)
        try Headroom.checkThreads(4, for: "a test")
        try Headroom.checkMemory(1 << 20, for: "a test")
        #expect(throws: SystemError.self) { try Headroom.checkMemory(1 << 60, for: "a test") }
    }
}
