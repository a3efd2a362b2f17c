import CPcap
import Glibc
import Testing

@testable import BPF

/// Data of other projects that lies beside this one, in a folder `shared`: filter expressions and real captures. It is no part
/// of the project; tests that use it say that they skip where it is absent. HOLDFAST_VECTORS names the folder of the vectors.
enum TestMaterial {
    static let vectors: String? = {
        if let folder = TestScale.variable("HOLDFAST_VECTORS") { return folder }
        // This file is in PACKAGE/Tests/BPFTests; some folder above PACKAGE may have the material.
        var folder = #filePath.split(separator: "/").dropLast()
        while !folder.isEmpty {
            let path = "/" + folder.joined(separator: "/") + "/shared/vectors"
            if unsafe access(path, R_OK) == 0 { return path }
            folder.removeLast()
        }
        print("skipped: no folder shared/vectors above the package, and HOLDFAST_VECTORS is not set")
        return nil
    }()

    /// The Ethernet expressions of the vectors, compiled by the installed libpcap, as far as it and the kernel take them.
    static func programs() -> [(expression: String, program: VerifiedProgram)] {
        guard let vectors, let text = contents("\(vectors)/filters.txt"),
            let compiler = try? ExpressionCompiler(dataLinkType: DLT_EN10MB)
        else { return [] }
        var isEthernet = false
        var result: [(String, VerifiedProgram)] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#:") {
                isEthernet = line.hasSuffix("DLT=EN10MB")
            } else if isEthernet, let program = try? compiler.compile(String(line)),
                let verified = try? VerifiedProgram(program)
            {
                result.append((String(line), verified))
            }
        }
        return result
    }

    /// Some packets of each Ethernet capture among the smaller ones: `each` of them, spread over the file.
    static func packets(each: Int) -> [[UInt8]] {
        guard let vectors, let index = contents("\(vectors)/../pcaps/small/INDEX.tsv") else { return [] }
        return index.split(separator: "\n").flatMap { line -> [[UInt8]] in
            let name = line.prefix { $0 != "\t" }
            let packets = capture("\(vectors)/../pcaps/small/\(name)")
            let step = max(1, packets.count / each)
            return stride(from: 0, to: packets.count, by: step).map { packets[$0] }
        }
    }

    private static func capture(_ path: String) -> [[UInt8]] {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_open_offline(path, &message) else { return [] }
        defer { unsafe pcap_close(handle) }
        guard unsafe pcap_datalink(handle) == DLT_EN10MB else { return [] }
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        var packets: [[UInt8]] = []
        while unsafe pcap_next_ex(handle, &header, &data) == 1 {
            guard let length = unsafe header?.pointee.caplen, let start = unsafe data else { break }
            packets.append(unsafe Array(UnsafeBufferPointer(start: start, count: Int(length))))
        }
        return packets
    }

    private static func contents(_ path: String) -> String? {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}

/// The running kernel's verdict, without privilege: a filter on one end of a pair of datagram sockets cuts what arrives there.
struct KernelSocket: ~Copyable {
    private var pair: [2 of CInt] = [-1, -1]

    init() {
        let made = unsafe withUnsafeMutableBytes(of: &pair) { bytes in
            unsafe socketpair(
                AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0, bytes.assumingMemoryBound(to: CInt.self).baseAddress)
        }
        precondition(made == 0)
    }

    deinit {
        _ = close(pair[0])
        _ = close(pair[1])
    }

    borrowing func attach(_ program: VerifiedProgram) throws { try program.program.attach(to: pair[1]) }

    /// How many bytes of a packet of one byte or more the kernel keeps.
    borrowing func keeps(of packet: [UInt8]) -> Int {
        let sent = unsafe packet.withUnsafeBytes { bytes in
            unsafe send(pair[0], bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT))
        }
        // The sender of a dropped datagram is told that it was sent.
        guard sent == packet.count else { return 0 }
        var buffer = [UInt8](repeating: 0, count: packet.count + 1)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe recv(pair[1], bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT))
        }
        return max(count, 0)
    }
}
