package import Pcap

/// The result of reading a file, by the tested reader or by libpcap: the packets, and the damage behind them.
package struct Reading: Equatable {
    package var packets: [Packet] = []
    package var complaint: String?

    package init(packets: [Packet] = []) { self.packets = packets }

    package struct Packet: Equatable {
        /// Nanoseconds since 1970.
        package var time: Int128
        package var wireLength: UInt32
        package var dataLinkType: Int32
        package var bytes: [UInt8]

        package init(time: Int128, wireLength: UInt32, dataLinkType: Int32, bytes: [UInt8]) {
            (self.time, self.wireLength, self.dataLinkType, self.bytes) = (time, wireLength, dataLinkType, bytes)
        }
    }
}

extension Reading.Packet {
    package init(_ packet: borrowing PacketRecord) {
        self.init(
            time: Int128(packet.seconds) * 1_000_000_000 + Int128(packet.nanoseconds), wireLength: packet.wireLength,
            dataLinkType: packet.linkType.dataLinkType,
            bytes: unsafe packet.bytes.withUnsafeBytes { unsafe Array($0) })
    }
}
