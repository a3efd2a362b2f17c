import Synchronization

/// A merged filter for the kernel of programs with list lookups, which become comparisons.
///
/// If the comparisons exceed the kernel's limits, the union accepts more packets than the programs do, and never
/// fewer: it keeps as many ranges of each list as fit (see `Coarsening`). A tap with such a union runs a
/// ``Classifier`` on every packet.
public struct KernelUnion: Equatable, Sendable {
    /// The program to attach. It contains no list lookups.
    public let program: Program
    /// What the union accepts in excess of the programs; nil if it is exact.
    public let superset: Superset?

    /// A description of an inexact union, which has fewer ranges than the lists.
    public struct Superset: Equatable, Hashable, Sendable, CustomStringConvertible {
        /// The number of addresses and networks in the lists.
        public let addresses: Int
        /// The number of contiguous address ranges in the union.
        public let networks: Int

        public var description: String {
            "superset, \(grouped(addresses)) addresses in \(grouped(networks)) networks"
        }

        private func grouped(_ number: Int) -> String {
            var text = String(number)
            var place = text.utf8.count - 3
            while place > 0 {
                text.insert(",", at: text.index(text.startIndex, offsetBy: place))
                place -= 3
            }
            return text
        }
    }

    /// Creates a union that keeps `length` bytes of each accepted packet.
    ///
    /// Takes milliseconds, or up to half a second with lists of many thousand addresses. Recent unions are cached.
    /// Thread-safe. Throws if no union of the programs fits into the kernel.
    public init(_ programs: [VerifiedProgram], keeping length: UInt32) throws(Program.UnionError) {
        guard programs.contains(where: { !$0.program.lists.isEmpty }) else {
            self.init(program: try Program.union(programs).program.keeping(length), superset: nil)
            return
        }
        var kept: [VerifiedProgram] = []
        for program in programs {
            do { kept.append(try VerifiedProgram(program.program.keeping(.max))) } catch { throw .refused(error) }
        }
        let union: KernelUnion
        if let known = KernelUnion.memory.withLock({ $0[kept] }) {
            union = known
        } else {
            union = try KernelUnion.fitting(kept)
            KernelUnion.memory.withLock { memory in
                if memory.count >= 64 { memory = [:] }
                memory[kept] = union
            }
        }
        self.init(program: union.program.keeping(length), superset: union.superset)
    }

    /// Checks that a union of these programs fits into the kernel with the smallest possible number of ranges.
    ///
    /// Fast, because it builds a single graph. Throws if no union fits.
    public static func check(_ programs: [VerifiedProgram]) throws(Program.UnionError) {
        guard let graph = PlannedUnion(programs)?.graph(limit: 1) else { throw .unplanned }
        guard graph.size <= Program.maximumLength else { throw .tooLong(count: graph.size) }
    }

    private init(program: Program, superset: Superset?) { (self.program, self.superset) = (program, superset) }

    /// A cache of recent unions: checking, planning and attaching a filter all need the same union.
    private static let memory = Mutex<[[VerifiedProgram]: KernelUnion]>([:])

    // MARK: Fitting to the kernel's limits

    private static func fitting(_ programs: [VerifiedProgram]) throws(Program.UnionError) -> KernelUnion {
        guard let planned = PlannedUnion(programs), planned.graph(limit: 1) != nil else { throw .unplanned }
        let most = planned.rangeCount
        /// The highest number of ranges known to fit, with its program, and the lowest number known not to fit.
        var (best, tooMany): ((program: Program, limit: Int)?, Int) = (nil, most + 1)
        var limit = firstLimit(planned, most)
        for _ in 0..<8 {
            let count: Int
            switch try trial(planned, limit) {
            case .fits(let program):
                best = (program, limit)
                count = program.instructions.count
            case .isTooLong(let length):
                tooMany = limit
                count = length
            }
            let least = best?.limit ?? 0
            // Close enough: another trial would gain few ranges.
            if tooMany - least <= 1 + least / 32 || (least > 0 && count > Program.maximumLength * 7 / 8) { break }
            limit = min(max(limit * (Program.maximumLength - 32) / count, least + 1), tooMany - 1)
        }
        guard let best else { throw .tooLong(count: planned.graph(limit: 1)?.size ?? 0) }
        let short = planned.tables(longerThan: best.limit)
        return KernelUnion(
            program: best.program,
            superset: short.isEmpty
                ? nil
                : Superset(addresses: short.reduce(0) { $0 + $1.entryCount }, networks: short.count * best.limit))
    }

    private enum Trial {
        case fits(Program)
        case isTooLong(Int)
    }

    private static func trial(_ planned: PlannedUnion, _ limit: Int) throws(Program.UnionError) -> Trial {
        guard let graph = planned.graph(limit: limit) else { throw .unplanned }
        let program: Program
        do { program = try Program.optimized(graph).program } catch {
            guard case .tooLong(let count) = error else { throw error }
            return .isTooLong(count)
        }
        // Only the kernel knows its further limits: the size of the translation and the memory for it.
        guard (try? program.checkWithKernel()) != nil else { return .isTooLong(Program.maximumLength * 4 / 3) }
        return .fits(program)
    }

    /// The largest number of ranges whose graph is not larger than a program. Building a graph is fast.
    private static func firstLimit(_ planned: PlannedUnion, _ most: Int) -> Int {
        func fits(_ limit: Int) -> Bool {
            planned.graph(limit: limit).map { $0.size <= Program.maximumLength } ?? false
        }
        var (least, tooMany) = (1, min(most, Program.maximumLength) + 1)
        while tooMany - least > 1 {
            let middle = (least + tooMany) / 2
            if fits(middle) { least = middle } else { tooMany = middle }
        }
        return least
    }
}
