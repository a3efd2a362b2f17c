/// The programs that accepted the packet classified last, in no particular order; and what a classifier notes meanwhile.
/// Belongs to one thread.
///
/// Unsafe here: two pieces of memory, which this value owns. They are allocated and freed here only; `list` is checked
/// at each access, `decided` is indexed with what `ClassifierMachine` has checked to be this classifier's.
@safe public struct Matches: ~Copyable, @unchecked Sendable {
    public private(set) var count = 0
    private let list: UnsafeMutablePointer<Match>
    private let capacity: Int
    /// Scratch memory: the numbers computed for this packet.
    var words: [UInt32]
    /// For each group of equal programs the last packet for which it was decided.
    private let decided: UnsafeMutablePointer<UInt64>
    let groups: Int
    /// The number of the packet at hand.
    private var packet: UInt64 = 0

    init(scratch: Int, groups: Int, programs: Int) {
        words = [UInt32](repeating: 0, count: scratch)
        capacity = programs
        self.groups = groups
        // One more than needed, since none at all cannot be allocated.
        unsafe list = .allocate(capacity: programs + 1)
        unsafe decided = .allocate(capacity: groups + 1)
        unsafe decided.initialize(repeating: 0, count: groups + 1)
    }

    deinit {
        unsafe list.deallocate()
        unsafe decided.deallocate()
    }

    public subscript(index: Int) -> Match {
        precondition(index >= 0 && index < count)
        return unsafe list[index]
    }

    mutating func append(_ program: Int, _ verdict: UInt32) {
        // Each program is found once at most, as `decide` sees to it; a classifier asks for room for all.
        precondition(count < capacity)
        unsafe (list + count).initialize(to: Match(program: program, verdict: verdict))
        count += 1
    }

    /// Forgets the packet before.
    @inline(__always) mutating func reset() {
        count = 0
        packet &+= 1
    }

    /// `group` is less than `groups`.
    @inline(__always) func isDecided(_ group: Int) -> Bool {
        unsafe decided[group] == packet
    }

    /// Notes that a group is decided; whether it was not yet.
    @inline(__always) mutating func decide(_ group: Int) -> Bool {
        guard !isDecided(group) else { return false }
        unsafe decided[group] = packet
        return true
    }
}
