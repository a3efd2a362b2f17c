import CaptureFiles
import Pcap
import TestSupport
import Testing

/// Thousands of damaged capture files, the same ones in every run. Reading always ends, with packets, an error, or
/// both.
struct FuzzTests {
    @Test("The reader and libpcap agree about damaged pcap files", .timeLimit(.minutes(1))) func damagedPcap() {
        var dice = SeededGenerator(stream: 1)
        for _ in 0..<5000 {
            let whole = pcap { file in
                for number in UInt8(0)..<4 { file.record(Array(repeating: number, count: Int(dice.next() % 40))) }
            }
            // Other tests cover the first 24 bytes.
            let file = damaged(whole, after: 24, &dice)
            let (ours, theirs) = (Reading(file, chunk: Int(dice.next() % 100 + 1)), Libpcap.reading(file))
            #expect(ours.packets.map(\.bytes) == theirs.packets.map(\.bytes))
            #expect(ours.packets.map(\.wireLength) == theirs.packets.map(\.wireLength))
            #expect((ours.complaint == nil) == (theirs.complaint == nil))
        }
    }

    @Test(
        "The reader returns at least libpcap's packets from damaged pcapng files",
        .timeLimit(.minutes(1)), arguments: [false, true])
    func damagedPcapng(bigEndian: Bool) {
        var dice = SeededGenerator(stream: 2)
        var sound = 0
        for _ in 0..<5000 {
            let whole = pcapng(bigEndian: bigEndian) { file in
                file.interface((2, Array("eth0".utf8)), (9, [6]))
                for number in UInt8(0)..<4 {
                    let packet = Array(repeating: number, count: Int(dice.next() % 40))
                    file.enhancedPacket(ticks: 9, packet, (2, [1, 0, 0, 0]))
                }
            }
            let file = damaged(whole, after: 28, &dice)  // libpcap ignores the end of the first block
            let (ours, theirs) = (Reading(file, chunk: Int(dice.next() % 100 + 1)), Libpcap.reading(file))
            #expect(ours == Reading(file))
            // The reader may return more packets than libpcap (several link types in a file, for example), but never
            // fewer.
            #expect(ours.packets.starts(with: theirs.packets) { $0.bytes == $1.bytes })
            if theirs.complaint == nil { #expect(ours.complaint == nil) }
            if ours.complaint == nil { sound += 1 }
        }
        #expect(sound > 100 && sound < 4900)
    }

    @Test("Random bytes give the same packets and damage for every size of reads") func noise() {
        var dice = SeededGenerator(stream: 3)
        for start in [[], pcap(), pcapng { $0.interface() }] {
            for _ in 0..<1000 {
                let file = start + (0..<dice.next() % 300).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
                let reading = Reading(file)
                #expect(Reading(file, chunk: 13) == reading)
                #expect(unsafe CaptureReader.count(of: file.span.bytes) == reading.packets.count)
            }
        }
    }

    /// Returns `file` with one to four bytes changed or words replaced by boundary values, and in some cases
    /// truncated.
    private func damaged(_ file: [UInt8], after start: Int, _ dice: inout SeededGenerator) -> [UInt8] {
        var file = file
        for _ in 0...dice.next() % 4 {
            let place = start + Int(dice.next() % UInt64(file.count - start))
            switch dice.next() % 3 {
            case 0: file[place] = UInt8(truncatingIfNeeded: dice.next())
            case 1: file[place] ^= 1 << (dice.next() % 8)
            default:
                let word = [0, 1, 4, 12, 0x7f, 0xff][Int(dice.next() % 6)] as UInt8
                for place in place..<min(place + 4, file.count) { file[place] = word }
            }
        }
        return dice.next() % 4 == 0 ? Array(file.prefix(start + Int(dice.next() % UInt64(file.count - start)))) : file
    }
}
