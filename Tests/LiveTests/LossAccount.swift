import Testing
import Traffic

/// Compares the losses that pcapng segments record with the frames that are missing in them.
struct LossAccount {
    /// Missing frames, all of them recorded in the files.
    private(set) var missing: UInt64 = 0
    /// Drops in the statistics blocks: by the kernel, and by all causes.
    private(set) var droppedBySystem: UInt64 = 0
    private(set) var dropped: UInt64 = 0
    /// The first few mistakes.
    private(set) var mistakes: [String] = []

    /// `paths` are segments in order. The sent frames are numbered from 0.
    init(in paths: [String]) throws {
        var next: UInt64 = 0
        // Recorded in a statistics block only: lost after the last packet of its segment.
        var trailing: UInt64 = 0
        for path in paths {
            let packets = try Savefile(path).packets
            let losses = try Inspection.fields(["frame.drop_count"], of: path).map { UInt64($0[0]) ?? 0 }
            if packets.count != losses.count { note("\(path): \(losses.count) packets, or \(packets.count)") }
            for (packet, lost) in zip(packets, losses) {
                guard let index = unsafe FrameSequence.index(of: packet.bytes.span.bytes), index >= next else {
                    note("\(path) has a packet that was not sent, or not now")
                    continue
                }
                if index - next != lost + trailing {
                    let gap = "\(index - next) frames are missing before \(index)"
                    note("\(path): \(gap), said are \(lost) and \(trailing)")
                }
                missing += index - next
                (next, trailing) = (index + 1, 0)
            }
            let account = try Inspection.Account(of: path)
            trailing = account.dropped - losses.reduce(0, +)
            (dropped, droppedBySystem) = (dropped + account.dropped, droppedBySystem + account.droppedBySystem)
            if account.delivered != packets.count { note("\(path): \(account) for \(packets.count) packets") }
            if account.accepted != account.delivered + account.dropped || account.received != account.accepted {
                note("\(path): \(account)")
            }
        }
        missing += trailing
    }

    private mutating func note(_ mistake: String) { if mistakes.count < 5 { mistakes.append(mistake) } }
}
