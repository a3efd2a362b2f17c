import CPcap
import Glibc

/// The reference: libpcap's reader.
package enum Libpcap {
    /// Reads `file` with libpcap. Requests timestamps in nanoseconds, so that none is rounded.
    package static func reading(_ file: [UInt8]) -> Reading {
        var reading = Reading()
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let stream = unsafe tmpfile() else { fatalError("no temporary file") }
        unsafe fwrite(file, 1, file.count, stream)
        unsafe rewind(stream)
        let precision = u_int(PCAP_TSTAMP_PRECISION_NANO)
        guard let handle = unsafe pcap_fopen_offline_with_tstamp_precision(stream, precision, &message) else {
            unsafe fclose(stream)
            reading.complaint = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            return reading
        }
        defer { unsafe pcap_close(handle) }
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        while true {
            switch unsafe pcap_next_ex(handle, &header, &data) {
            case 1:
                if let header = unsafe header { unsafe reading.packets.append(packet(header.pointee, data, handle)) }
            case PCAP_ERROR_BREAK:
                return reading
            default:
                reading.complaint = unsafe String(cString: pcap_geterr(handle))
                return reading
            }
        }
    }

    /// libpcap 1.10 takes the words of a pcap timestamp as signed numbers; the format defines them as unsigned.
    private static let unsignedTimes = ["small/time_2038_overflow.pcap", "small/timestamp_invalid_micro.pcap"]

    /// The differences between libpcap's reading of `bytes`, a file of the corpus, and the given one.
    package static func differences(from ours: Reading, about bytes: [UInt8], of file: String) -> [String] {
        let theirs = reading(bytes)
        let complaints = "ours: \(ours.complaint ?? "none"); libpcap's: \(theirs.complaint ?? "none")"
        // libpcap stops at an interface whose link type differs from the first; the tested reader continues.
        let isCutShort = theirs.complaint?.contains("different from the type of the first interface") == true
        var differences: [String] = []
        if (ours.complaint == nil) != (theirs.complaint == nil), !isCutShort { differences.append(complaints) }
        let (count, theirCount) = (ours.packets.count, theirs.packets.count)
        if count != theirCount, !(isCutShort && count > theirCount) {
            differences.append("\(count) packets, by libpcap \(theirCount)")
        }
        for (number, (our, their)) in zip(ours.packets, theirs.packets).enumerated() {
            var their = their
            if unsignedTimes.contains(file) { their.time = our.time }
            if our != their { differences.append("packet \(number + 1): \(our), by libpcap \(their)") }
        }
        return differences
    }

    private static func packet(
        _ header: pcap_pkthdr, _ data: UnsafePointer<UInt8>?, _ handle: OpaquePointer
    ) -> Reading.Packet {
        unsafe Reading.Packet(
            time: Int128(header.ts.tv_sec) * 1_000_000_000 + Int128(header.ts.tv_usec),
            wireLength: header.len, dataLinkType: pcap_datalink(handle),
            bytes: Array(UnsafeBufferPointer(start: data, count: Int(header.caplen))))
    }
}
