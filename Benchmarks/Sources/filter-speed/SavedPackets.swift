import CPcap

/// The packets of a capture file in one piece of memory, one after the other, as in a ring block.
struct SavedPackets {
    struct Packet {
        let offset: Int
        let captured: Int
        let wireLength: UInt32
    }

    private(set) var bytes: [UInt8] = []
    private(set) var packets: [Packet] = []
    let linkType: Int32

    /// Reads a file with libpcap. Fails with libpcap's own words.
    init(path: String) throws(Failure) {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_open_offline(path, &message) else {
            throw Failure(String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        defer { unsafe pcap_close(handle) }
        linkType = unsafe pcap_datalink(handle)
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        while unsafe pcap_next_ex(handle, &header, &data) == 1 {
            guard let found = unsafe header?.pointee, let start = unsafe data else { break }
            packets.append(Packet(offset: bytes.count, captured: Int(found.caplen), wireLength: found.len))
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(found.caplen)))
        }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
