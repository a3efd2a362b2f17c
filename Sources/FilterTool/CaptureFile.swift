public import Pcap

/// Reads capture files, pcap and pcapng, compressed or not, as streams: memory does not grow with the file.
public enum CaptureFile {
    /// Calls `use` with each packet; `-` is standard input. A file that is damaged is a complaint with the offset of the damage,
    /// after the packets before it. Returns which link types there may have been, in a file without packets.
    @discardableResult
    public static func forEachPacket(
        of path: String, _ use: (borrowing PacketRecord) throws -> Void
    ) throws -> [LinkType] {
        var file = try CaptureBytes(path)
        var reader = CaptureReader()
        do {
            while reader.wantsBytes {
                try reader.fill { buffer throws(CommandError) in try file.read(into: &buffer) }
                while let packet = try reader.next() { try use(packet) }
            }
        } catch let damage as CaptureDamage {
            throw CommandError("\(path), \(damage)")
        }
        guard reader.count == 0 else { return [] }
        return reader.interfaces.isEmpty ? [.ethernet] : reader.interfaces.map(\.linkType)
    }
}
