import Linux
import Rules
import Testing

@testable import Capture

@Suite("The exchange of buffers between two threads")
struct ExchangeTests {
    private func hold(_ buffer: consuming Buffer, records: Int) -> Hold {
        Hold(
            buffer: buffer, offset: 0, isFlush: true, records: records, wholeEnd: 0, begins: nil, last: .epoch, since: 0
        )
    }

    private func give(_ records: Int, to exchange: Exchange) {
        guard let buffer = exchange.takeFree(until: 0) else { return #expect(Bool(false), "no buffer") }
        exchange.give(.write(hold(buffer, records: records)))
    }

    @Test("Every buffer is in one place, and the last one returned is taken first")
    func buffers() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 2))
        guard var first = exchange.takeFree(until: 0) else { return #expect(Bool(false), "no buffer") }
        first.append([1, 2, 3])
        let second = exchange.takeFree(until: 0)
        let third = exchange.takeFree(until: 0)
        let (isSecond, isThird) = (second != nil, third != nil)
        #expect(isSecond && !isThird)
        exchange.giveFree(first)
        // A returned buffer is empty.
        guard let again = exchange.takeFree(until: 0) else { return #expect(Bool(false), "no buffer") }
        let count = again.count
        #expect(count == 0)
    }

    @Test("Commands arrive in order, and before the end")
    func order() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 3))
        for records in 1...2 { give(records, to: exchange) }
        exchange.give(.seal(nil))
        exchange.close()
        var found: [String] = []
        loop: while true {
            let delivery = exchange.takeCommand(until: 0)
            switch consume delivery {
            case .command(.write(let hold)): found.append("write \(hold.records)")
            case .command(.seal): found.append("seal")
            case .command(.change): found.append("change")
            case .nothingYet: found.append("nothing")
            case .end: break loop
            }
        }
        #expect(found == ["write 1", "write 2", "seal"])
    }

    @Test("An empty exchange that is open has neither a command nor an end")
    func empty() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 1))
        let delivery = exchange.takeCommand(until: 0)
        switch consume delivery {
        case .nothingYet: break
        default: Issue.record("something came of nothing")
        }
    }

    @Test("An abandoned exchange ends at once, and its packets are counted exactly once")
    func abandoned() throws {
        let exchange = try Exchange(BufferGeometry(size: 4096, count: 3))
        for records in 1...3 { give(records, to: exchange) }
        exchange.abandon()
        let delivery = exchange.takeCommand(until: nil)
        switch consume delivery {
        case .end: break
        default: Issue.record("a command came out of an exchange that was given up")
        }
        #expect(exchange.countAbandoned() == 6 && exchange.countAbandoned() == 0)
    }
}
