import Foundation
import Linux
import SystemPackage
import TestSupport
import Testing

/// System calls that fail for lack of descriptors. Each test runs in a process of its own, whose limit it lowers.
struct ScarcityTests {
    @Test("A lack of descriptors differs from a file system without direct I/O")
    func lackOfDescriptors() async {
        reapChildren()
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let directory = try Directory(folder.path)
            let next = dup(0)
            close(next)
            ScarcityTests.allow(next + 1)
            let file = try directory.create("segment")
            guard !file.isDirect, file.bufferingReason == .tooManyOpenFiles else { exit(1) }
            exit(0)
        }
    }

    @Test("A poll that fails does not become a busy loop")
    func failingPoll() async {
        reapChildren()
        await #expect(processExitsWith: .success) {
            ScarcityTests.allow(2)
            let began = Clock.monotonic()
            // More than the limit: EINVAL.
            let ready = Linux.poll([-1, -1, -1], timeout: nil)
            guard ready[0] == 0, Clock.monotonic() - began >= 10_000_000 else { exit(1) }
            exit(0)
        }
    }

    private static func allow(_ count: CInt) {
        var limit = rlimit()
        unsafe _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = rlim_t(count)
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
