import BPF
import Foundation

/// Programs, packets and results from the tests of other projects.
///
/// They are not part of the repository: HOLDFAST_VECTORS names their directory, or `shared/vectors` lies in a
/// directory above this file. Without them, the tests that read them are skipped.
enum Vectors {
    static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["HOLDFAST_VECTORS"] { return URL(fileURLWithPath: path) }
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let vectors = folder.appendingPathComponent("shared/vectors")
            if FileManager.default.fileExists(atPath: vectors.path) { return vectors }
        }
        print("BPFTests: no vectors (HOLDFAST_VECTORS is not set): the tests that read them are skipped")
        return nil
    }()

    static var exist: Bool { folder != nil }

    static func load<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let folder else { throw Missing() }
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: data)
    }

    /// The path of a capture in the directory beside the vectors; nil if it does not exist.
    static func capture(_ name: String, in folders: [String]) -> String? {
        guard let pcaps = folder?.deletingLastPathComponent().appendingPathComponent("pcaps") else { return nil }
        return folders.map { pcaps.appendingPathComponent($0).appendingPathComponent(name).path }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    struct Missing: Error {}
}

/// Instructions in the vectors' form: opcode, jt, jf, k.
typealias Numbers = [[UInt32]]

extension Program {
    init(_ numbers: Numbers) {
        self.init(
            numbers.map { Instruction(opcode: UInt16($0[0]), jt: UInt8($0[1]), jf: UInt8($0[2]), k: $0[3]) })
    }
}

/// What a test over vectors has covered, and what it has skipped and why. Printed at the end of the test.
struct Tally {
    let name: String
    private(set) var passed = 0
    /// The skipped cases by reason.
    private var skips: [String: [String]] = [:]

    init(_ name: String) { self.name = name }

    mutating func pass() { passed += 1 }

    mutating func skip(_ reason: String, _ what: String) { skips[reason, default: []].append(what) }

    func report() {
        let skipped = skips.values.reduce(0) { $0 + $1.count }
        print("BPFTests | \(name) | passed \(passed) | skipped \(skipped)")
        for (reason, what) in skips.sorted(by: { $0.key < $1.key }) {
            let some = what.prefix(4).joined(separator: "; ") + (what.count > 4 ? "; ..." : "")
            print("BPFTests |   skipped \(what.count): \(reason) (\(some))")
        }
    }
}

/// All programs of all vectors.
func allPrograms() throws -> [(name: String, program: Program)] {
    var programs: [(String, Program)] = []
    for test in try Vectors.load("test_bpf_classic.json", as: ClassicTests.File.self).tests {
        programs.append(("test_bpf \(test.name)", Program(test.insns)))
    }
    for test in try Vectors.load("xnet_bpf.json", as: GolangTests.File.self).vmTests {
        if let insns = test.insns { programs.append(("x/net \(test.name)", Program(insns))) }
    }
    for paper in try Vectors.load("paper_programs.json", as: [PaperTests.Entry].self) {
        programs.append(("paper \(paper.name)", Program(paper.insns)))
    }
    struct Oracle: Decodable {
        struct Filter: Decodable {
            let expr: String
            let opt: Numbers?
            let unopt: Numbers?
        }
        let filters: [Filter]
    }
    for filter in try Vectors.load("filters_en10mb_oracle.json", as: Oracle.self).filters {
        for insns in [filter.opt, filter.unopt] { if let insns { programs.append((filter.expr, Program(insns))) } }
    }
    struct Accept: Decodable {
        struct Block: Decodable {
            let name: String
            let optInsns: Numbers?
            let unoptInsns: Numbers?
        }
        let blocks: [Block]
    }
    for block in try Vectors.load("libpcap_accept.json", as: Accept.self).blocks {
        for insns in [block.optInsns, block.unoptInsns] {
            if let insns { programs.append(("libpcap \(block.name)", Program(insns))) }
        }
    }
    return programs
}
