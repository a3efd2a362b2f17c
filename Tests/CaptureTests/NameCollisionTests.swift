import Dispatch
import Foundation
import Linux
import Segments
import Synchronization
import Testing

@testable import Capture

@Suite("Names that are taken")
struct NameCollisionTests {
    private let start = Timestamp(seconds: 1_795_348_846, nanoseconds: 123_456_789)

    @Test("Workers whose segments begin in the same microsecond get a name each")
    func collisions() throws {
        let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try Directory(making: path)
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            do {
                let directory = try Directory(path)
                for _ in 0..<25 {
                    var name = SegmentName(capture: "dns", interface: "eth0", start: start)
                    _ = try Segment.create(&name, in: directory)
                    // Some are sealed at once, some stay open.
                    if name.start.nanoseconds % 2000 < 1000 { try directory.rename(name.open, to: name.sealed) }
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 }.isEmpty)
        let names = try Directory(path).files().map { $0.name.replacingOccurrences(of: ".part", with: "") }
        #expect(names.count == 100 && Set(names).count == 100)
    }
}
