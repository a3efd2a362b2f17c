import TestSupport

@testable import BPF

/// A random host list of networks, and the equivalent libpcap expression.
struct TestList {
    let hosts: HostList
    /// `net A or net B or ...`
    let expression: String
    /// Addresses inside the list and next to it, for packets.
    let ipv4: [UInt32]
    let ipv6: [UInt128]

    /// Creates a list with the given number of random networks per family. Some are adjacent, some contain others.
    ///
    /// With `packets`, half of the addresses are taken from these Ethernet frames.
    init(
        ipv4 count4: Int, ipv6 count6: Int, _ generator: inout SeededGenerator, around packets: [[UInt8]] = []
    ) {
        func inPacket(_ place: Int, _ length: Int) -> UInt128? {
            guard Bool.random(using: &generator), let packet = packets.randomElement(using: &generator),
                packet.count >= place + length
            else { return nil }
            return packet[place..<place + length].reduce(0) { $0 << 8 | UInt128($1) }
        }
        var (ranges4, ranges6): ([ClosedRange<UInt32>], [ClosedRange<UInt128>]) = ([], [])
        var nets: [String] = []
        for _ in 0..<count4 {
            let length = [8, 12, 16, 20, 24, 25, 30, 31, 32, 32, 32, 32].randomElement(using: &generator) ?? 32
            let mask = UInt32.max << (32 - length)
            let near = ranges4.randomElement(using: &generator)?.upperBound ?? 0
            let address = Bool.random(using: &generator) ? UInt32.random(in: 0 ... .max, using: &generator) : near &+ 1
            let first = (inPacket(26, 4).map { UInt32($0) } ?? address) & mask
            ranges4.append(first...(first | ~mask))
            nets.append("net \(TestList.text(first))/\(length)")
        }
        for _ in 0..<count6 {
            let length = [16, 32, 48, 56, 63, 64, 64, 65, 96, 127, 128, 128].randomElement(using: &generator) ?? 128
            let mask = UInt128.max << (128 - length)
            let near = ranges6.randomElement(using: &generator)?.upperBound ?? 0
            let random = UInt128(0x2001_0db8) << 96 | UInt128.random(in: 0 ... .max, using: &generator) >> 32
            let first = (inPacket(22, 16) ?? (Bool.random(using: &generator) ? random : near &+ 1)) & mask
            ranges6.append(first...(first | ~mask))
            nets.append("net \(TestList.text(first))/\(length)")
        }
        hosts = HostList(ipv4: ranges4, ipv6: ranges6)
        expression = nets.joined(separator: " or ")
        ipv4 = ranges4.flatMap { [$0.lowerBound, $0.upperBound, $0.lowerBound &- 1, $0.upperBound &+ 1] }
        ipv6 = ranges6.flatMap { [$0.lowerBound, $0.upperBound, $0.lowerBound &- 1, $0.upperBound &+ 1] }
    }

    static func text(_ address: UInt32) -> String {
        stride(from: 24, through: 0, by: -8).map { "\(address >> $0 & 0xff)" }.joined(separator: ".")
    }

    static func text(_ address: UInt128) -> String {
        stride(from: 112, through: 0, by: -16).map { String(address >> $0 & 0xffff, radix: 16) }.joined(separator: ":")
    }
}

extension ListedExpression {
    /// An expression in which `@0`, `@1` and so on refer to lists.
    init(_ text: String, _ lists: [TestList]) {
        var pieces: [Piece] = []
        for (index, part) in text.split(separator: "@", omittingEmptySubsequences: false).enumerated() {
            if index == 0 {
                pieces.append(.text(String(part)))
            } else {
                let number = part.first.flatMap { Int(String($0)) } ?? 0
                pieces += [.hosts(name: "\(number)", lists[number].hosts), .text(String(part.dropFirst()))]
            }
        }
        self.init(pieces)
    }

    /// The equivalent expression for libpcap.
    static func spelledOut(_ text: String, _ lists: [TestList]) -> String {
        lists.indices.reduce(text) { $0.replacing("@\($1)", with: "(\(lists[$1].expression))") }
    }
}

/// Random Ethernet frames of all kinds that carry network addresses, with addresses from lists.
struct ListFrames {
    var generator: SeededGenerator
    let lists: [TestList]

    mutating func next() -> [UInt8] {
        var frame = [UInt8](repeating: 2, count: 12)
        for _ in 0..<Int.random(in: 0...2, using: &generator) where one(of: 3) {
            frame += half([0x8100, 0x88a8, 0x9100].randomElement(using: &generator) ?? 0) + half(random(0xfff))
        }
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: frame += half(0x806) + arp()
        case 1: frame += half(0x8035) + arp()
        case 2: frame += half(0x8847) + word(random(0xf_ffff) << 12 | 0x100) + ipv4()
        case 3: frame += half(0x8864) + [0x11, 0, 0, 9] + half(40) + half(0x0021) + ipv4()
        case 4: frame += half(0x8864) + [0x11, 0, 0, 9] + half(60) + half(0x0057) + ipv6()
        case 5...8: frame += half(0x800) + ipv4()
        default: frame += half(0x86dd) + ipv6()
        }
        return frame
    }

    private mutating func arp() -> [UInt8] {
        half(1) + half(0x800) + [6, 4] + half(1) + [2, 2, 2, 2, 2, 2] + word(address()) + [3, 3, 3, 3, 3, 3]
            + word(address())
    }

    private mutating func ipv4() -> [UInt8] {
        [0x45, 0] + half(48) + word(0) + [64, one(of: 2) ? 6 : 17] + half(0) + word(address()) + word(address())
            + ports()
    }

    private mutating func ipv6() -> [UInt8] {
        [0x60, 0, 0, 0] + half(28) + [one(of: 2) ? 6 : 17, 64] + address6() + address6() + ports()
    }

    private mutating func ports() -> [UInt8] {
        half(one(of: 2) ? 443 : random(0xffff)) + half(one(of: 2) ? 53 : random(0xffff))
            + [UInt8](repeating: 0, count: 24)
    }

    private mutating func address() -> UInt32 {
        lists.flatMap(\.ipv4).randomElement(using: &generator).flatMap { one(of: 5) ? nil : $0 } ?? random(.max)
    }

    private mutating func address6() -> [UInt8] {
        let address = lists.flatMap(\.ipv6).randomElement(using: &generator) ?? 0
        return word(UInt32(truncatingIfNeeded: address >> 96)) + word(UInt32(truncatingIfNeeded: address >> 64))
            + word(UInt32(truncatingIfNeeded: address >> 32)) + word(UInt32(truncatingIfNeeded: address))
    }

    private mutating func one(of count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
    private mutating func random(_ most: UInt32) -> UInt32 { UInt32.random(in: 0...most, using: &generator) }
    private func half(_ number: UInt32) -> [UInt8] { [UInt8(number >> 8 & 0xff), UInt8(number & 0xff)] }
    private func word(_ number: UInt32) -> [UInt8] { half(number >> 16) + half(number & 0xffff) }
}
