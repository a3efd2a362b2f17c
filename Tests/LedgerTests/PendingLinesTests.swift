import Control
import Linux
import Testing

@testable import Ledger

@Suite("Pending ledger lines")
struct PendingLinesTests {
    private func line(
        _ number: Int, _ event: LedgerLine.Event, packets: UInt64 = 1, interface: String = "eth0"
    ) -> LedgerLine {
        LedgerLine(
            Gap(
                episode: "run-\(number)", cause: .disk, scope: .capture, interface: interface, worker: 0,
                from: Timestamp(nanosecondsSince1970: Int64(number)),
                to: Timestamp(nanosecondsSince1970: Int64(number) + 1), packets: packets,
                open: event != .end), event)
    }

    @Test("An ended episode takes one line, and so does the sign of life")
    func coalesced() {
        var pending = PendingLines()
        pending.append(line(1, .begin))
        for time in 1...5 { pending.append(.alive(until: Timestamp(nanosecondsSince1970: Int64(time)))) }
        pending.append(line(2, .begin))
        pending.append(line(2, .alive, packets: 2))
        pending.append(line(2, .alive, packets: 3))
        pending.append(line(1, .end, packets: 9))
        #expect(
            pending.lines == [
                .alive(until: Timestamp(nanosecondsSince1970: 5)), line(2, .begin), line(2, .alive, packets: 3),
                line(1, .end, packets: 9),
            ])
    }

    @Test("While the disk refuses, memory stays bounded and the sum of all episodes' packets does not change")
    func bounded() {
        var pending = PendingLines(limit: 30_000)
        var packets: UInt64 = 0
        for number in 0..<20_000 {
            let count = UInt64(number % 7)
            packets += count
            pending.append(line(number, .begin, packets: 0, interface: "veth\(number % 300)"))
            pending.append(line(number, .end, packets: count, interface: "veth\(number % 300)"))
            #expect(pending.size <= 30_300)
        }
        #expect(pending.lines.compactMap(\.packets).reduce(0, +) == packets)
        #expect(pending.lines.compactMap(\.from).min() == Timestamp(nanosecondsSince1970: 0))
        #expect(pending.lines.compactMap(\.to).max() == Timestamp(nanosecondsSince1970: 20_000))
    }

    @Test("Lines that could not be written come first again and are merged with newer ones")
    func putBack() {
        var pending = PendingLines()
        pending.append(line(1, .begin))
        let taken = pending.takeAll()
        pending.append(line(1, .end))
        pending.append(line(2, .begin))
        pending.putBack(taken)
        #expect(pending.lines == [line(1, .end), line(2, .begin)])
    }
}
