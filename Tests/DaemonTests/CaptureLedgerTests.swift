import Control
import Foundation
import Ledger
import Linux
import Synchronization
import Testing

@testable import Daemon

@Suite("The control plane's side of a ledger")
struct CaptureLedgerTests {
    private let store = LedgerStore()
    private let folder = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString

    /// Jobs that wait until the test runs them, like a disk that answers late.
    private final class Jobs: Sendable {
        private let jobs = Mutex<[@Sendable () -> Void]>([])
        var count: Int { jobs.withLock { $0.count } }

        func add(_ job: @escaping @Sendable () -> Void) { jobs.withLock { $0.append(job) } }

        func runAll() {
            while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { job() }
        }
    }

    private final class Reports: Sendable {
        let news = Mutex<[String]>([])

        func add(_ report: CaptureLedger.News) {
            let word =
                switch report {
                case .opened(let history): "opened with \(history.gaps.count)"
                case .failed: "failed"
                case .recovered: "recovered"
                }
            news.withLock { $0.append(word) }
        }

        var all: [String] { news.withLock { $0 } }
    }

    private func ledger(_ jobs: Jobs, _ reports: Reports) -> CaptureLedger {
        CaptureLedger(
            of: "dns", in: folder, by: store, work: { jobs.add($0) }, report: { reports.add($0) })
    }

    private func gap(_ number: Int, open: Bool = false) -> Gap {
        Gap(
            episode: "r-\(number)", cause: .disk, scope: .capture, interface: "eth0", worker: 0,
            from: Timestamp(nanosecondsSince1970: Int64(number)),
            to: Timestamp(nanosecondsSince1970: Int64(number) + 1), packets: 1, open: open
        )
    }

    private func gaps() throws -> [Gap] { try LedgerReader(of: "dns", in: folder).history.gaps }

    @Test("No file is touched before the directory is adopted, and earlier lines are written then")
    func held() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (jobs, reports) = (Jobs(), Reports())
        let ledger = ledger(jobs, reports)
        ledger.write(LedgerLine(gap(1, open: true), .begin))
        #expect(jobs.count == 0 && !ledger.hasBegun && !FileManager.default.fileExists(atPath: folder))
        ledger.begin { nil }
        // One job writes all waiting lines.
        ledger.write(LedgerLine(gap(2), .end))
        #expect(jobs.count == 1 && ledger.remembered.count == 2 && !ledger.isSettled)
        jobs.runAll()
        #expect(try gaps() == [gap(1, open: true), gap(2)] && ledger.isSettled && reports.all == ["opened with 0"])
        // Recent lines stay known, for an answer from a file that was read earlier.
        #expect(ledger.remembered.count == 2)
    }

    @Test(
        "A directory that refuses delays the lines and is reported once, as is the previous run's history"
    )
    func refused() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (jobs, reports) = (Jobs(), Reports())
        // A regular file is in the place of the directory.
        try Data().write(to: URL(filePath: folder))
        let ledger = ledger(jobs, reports)
        ledger.begin { nil }
        for number in 1...3 {
            ledger.write(LedgerLine(gap(number), .end))
            jobs.runAll()
        }
        #expect(reports.all == ["failed"] && ledger.failure != nil && ledger.remembered.count == 3)
        try FileManager.default.removeItem(atPath: folder)
        ledger.write(LedgerLine(gap(4, open: true), .begin))
        jobs.runAll()
        #expect(reports.all == ["failed", "opened with 0", "recovered"] && ledger.failure == nil)
        #expect(try gaps() == [gap(1), gap(2), gap(3), gap(4, open: true)])
        // The file is deleted. The next file is not mistaken for that of a previous run.
        try FileManager.default.removeItem(atPath: folder)
        ledger.write(LedgerLine(gap(5), .end))
        jobs.runAll()
        ledger.write(LedgerLine(gap(6), .end))
        jobs.runAll()
        #expect(try gaps() == [gap(5), gap(6)])
        #expect(reports.all == ["failed", "opened with 0", "recovered", "failed", "recovered"])
    }

    @Test("After a ledger is closed another one can begin, and gets its open gaps")
    func closed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (jobs, reports) = (Jobs(), Reports())
        let first = ledger(jobs, reports)
        first.begin { nil }
        first.write(LedgerLine(gap(1, open: true), .begin))
        first.close()
        let second = ledger(jobs, reports)
        second.begin { nil }
        jobs.runAll()
        #expect(reports.all == ["opened with 0", "opened with 1"] && second.failure == nil)
    }
}
