import CSPF
import Measuring

extension SavedPackets {
    /// The IPv4 addresses with the most packets as source or destination. With equal counts, the lower address comes
    /// first.
    func busiestHosts(_ count: Int) -> [IPv4Address] {
        var occurrences: [UInt32: Int] = [:]
        _ = self.count { packet, _ in
            guard packet.byteCount >= 34, packet.number(UInt16.self, at: 12) == 0x800 else { return false }
            occurrences[packet.number(UInt32.self, at: 26), default: 0] += 1
            occurrences[packet.number(UInt32.self, at: 30), default: 0] += 1
            return true
        }
        let order = occurrences.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return order.prefix(count).map { IPv4Address($0.key) }
    }
}

extension RawSpan {
    fileprivate func number<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, at offset: Int) -> T {
        T(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }
}
