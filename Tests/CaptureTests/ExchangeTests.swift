import Linux
import Testing

@testable import Capture

@Suite("Hold and free, where two threads meet")
struct ExchangeTests {
    private func hold(_ buffer: consuming Buffer, records: Int) -> Hold {
        Hold(
            buffer: buffer, offset: 0, isFlush: true, records: records, wholeEnd: 0, begins: nil, last: .epoch, since: 0)
    }

    private func give(_ records: Int, to exchange: Exchange) {
        guard let buffer = exchange.takeFree(until: 0) else { return #expect(Bool(false), "no buffer") }
        exchange.give(.write(hold(buffer, records: records)))
    }

    @Test("A buffer is in one place: as many are free as are not out, and the one used last comes first")
    func buffers() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 2))
        guard var first = exchange.takeFree(until: 0) else { return #expect(Bool(false), "no buffer") }
        first.append([1, 2, 3])
        let second = exchange.takeFree(until: 0)
        let third = exchange.takeFree(until: 0)
        let (isSecond, isThird) = (second != nil, third != nil)
        #expect(isSecond && !isThird)
        exchange.giveFree(first)
        // Given back, it is empty.
        guard let again = exchange.takeFree(until: 0) else { return #expect(Bool(false), "no buffer") }
        let count = again.count
        #expect(count == 0)
    }

    @Test("Commands come in order; what was given before the end comes before the end")
    func order() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 3))
        for records in 1...2 { give(records, to: exchange) }
        exchange.give(.seal(nil))
        exchange.close()
        var found: [String] = []
        loop: while true {
            let delivery = exchange.takeOrder(until: 0)
            switch consume delivery {
            case .order(.write(let hold)): found.append("write \(hold.records)")
            case .order(.seal): found.append("seal")
            case .order(.change): found.append("change")
            case .nothingYet: found.append("nothing")
            case .end: break loop
            }
        }
        #expect(found == ["write 1", "write 2", "seal"])
    }

    @Test("An empty exchange has nothing yet, and no end")
    func empty() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 1))
        let delivery = exchange.takeOrder(until: 0)
        switch consume delivery {
        case .nothingYet: break
        default: Issue.record("something came of nothing")
        }
    }

    @Test("Given up, it ends at once, and the packets in it are counted exactly once")
    func abandoned() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 3))
        for records in 1...3 { give(records, to: exchange) }
        exchange.abandon()
        let delivery = exchange.takeOrder(until: nil)
        switch consume delivery {
        case .end: break
        default: Issue.record("a command came out of an exchange that was given up")
        }
        #expect(exchange.countAbandoned() == 6 && exchange.countAbandoned() == 0)
    }
}
