import Synchronization

/// The union of programs that look addresses up in lists, for the kernel, which has no such operation: comparisons stand in
/// place of each look-up.
///
/// Where these are more than the kernel takes, the union accepts more than the programs do, and no packet less: of each list
/// it has the ranges that fit (see `Coarsening`). A tap that attaches it then asks a `Classifier` about every packet.
public struct KernelUnion: Equatable, Sendable {
    public let program: Program
    /// What it accepts beside what the programs do; nil: nothing.
    public let superset: Superset?

    /// That a union has fewer ranges than the lists.
    public struct Superset: Equatable, Hashable, Sendable, CustomStringConvertible {
        /// How many addresses and networks the lists name.
        public let addresses: Int
        /// In how many runs of neighbouring addresses the union has them.
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

    /// A union that keeps `length` bytes of a packet. Takes some milliseconds, and with lists of many thousand addresses up to half
    /// a second; the last unions are remembered. Any thread may ask.
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

    /// Throws where no union of these programs fits into the kernel, with as few ranges as it takes: that is known soon.
    public static func check(_ programs: [VerifiedProgram]) throws(Program.UnionError) {
        guard let graph = PlannedUnion(programs)?.graph(limit: 1) else { throw .unplanned }
        guard graph.size <= Program.maximumLength else { throw .tooLong(count: graph.size) }
    }

    private init(program: Program, superset: Superset?) { (self.program, self.superset) = (program, superset) }

    /// Filters are checked, planned and attached one after the other: each step asks for the same union.
    private static let memory = Mutex<[[VerifiedProgram]: KernelUnion]>([:])

    // MARK: Making it fit

    private static func fitting(_ programs: [VerifiedProgram]) throws(Program.UnionError) -> KernelUnion {
        guard let planned = PlannedUnion(programs), planned.graph(limit: 1) != nil else { throw .unplanned }
        let most = planned.rangeCount
        /// The most ranges that fit so far, with their program; and the fewest that do not.
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
            // Close enough: another trial would win few ranges.
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
        // What it needs more than that is only known to the kernel: its translation, and the memory for that.
        guard (try? program.checkWithKernel()) != nil else { return .isTooLong(Program.maximumLength * 4 / 3) }
        return .fits(program)
    }

    /// The most ranges with which the graph has no more operations than a program; making a graph is quick.
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
