import TestSupport
import Testing

@testable import Linux

/// The limit of memory of a control group, read from folders with the files of the kernel.
struct MemoryGroupTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func group(_ membership: String, _ files: [String: String]) throws -> MemoryGroup? {
        try folder.write(membership, to: "membership")
        for (name, text) in files { try folder.write(text, inFolderOf: name) }
        return MemoryGroup(membership: folder.path + "/membership", root: folder.path)
    }

    @Test("The smallest remainder of the group and its ancestors counts, and file cache counts as free")
    func second() throws {
        let group = try group(
            "0::/pods/one\n",
            [
                "pods/one/memory.max": "max\n", "pods/one/memory.current": "5000\n",
                "pods/memory.max": "10000\n", "pods/memory.current": "7000\n",
                "pods/memory.stat": "anon 3000\nfile 4000\ninactive_file 1500\nactive_file 500\n",
                "memory.max": "20000\n", "memory.current": "9000\n",
            ])
        #expect(try #require(group).available == 5000)
    }

    @Test("In a container the mount shows the group itself, not its path")
    func container() throws {
        let group = try group("0::/pods/one\n", ["memory.max": "10000\n", "memory.current": "4000\n"])
        #expect(try #require(group).available == 6000)
    }

    @Test("In the first version the hierarchy of the controller 'memory' counts")
    func first() throws {
        let group = try group(
            "9:name=systemd:/x\n4:cpu,memory:/one\n0::/\n",
            [
                "memory/one/memory.limit_in_bytes": "10000\n", "memory/one/memory.usage_in_bytes": "9000\n",
                "memory/one/memory.stat": "inactive_file 1\ntotal_inactive_file 2000\ntotal_active_file 1000\n",
            ])
        #expect(try #require(group).available == 4000)
    }

    @Test("A group above its limit has less than nothing left; without a limit nothing is known")
    func limits() throws {
        #expect(try group("0::/\n", ["memory.max": "100\n", "memory.current": "300\n"])?.available == -200)
        #expect(try group("0::/\n", ["memory.max": "max\n", "memory.current": "300\n"])?.available == nil)
        #expect(try group("1:cpu:/\n", [:]) == nil)
    }
}
