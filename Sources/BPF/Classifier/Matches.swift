/// The programs that accepted the packet classified last, in no particular order; and what a classifier notes meanwhile.
/// Belongs to one thread.
///
/// Unsafe here: the three pieces of memory, which this value owns. They are allocated and freed here only; `list` is checked
/// at each access, `decided` and `slots` are indexed with what `ClassifierMachine` has checked to be this classifier's.
@safe public struct Matches: ~Copyable {
    public private(set) var count = 0
    private let list: UnsafeMutablePointer<Match>
    private let capacity: Int
    /// The numbers computed for this packet.
    let slots: UnsafeMutablePointer<UInt32>
    let slotCount: Int
    /// One bit for each group of equal programs: whether it is decided.
    private let decided: UnsafeMutablePointer<UInt64>
    private let words: Int
    let groups: Int

    init(slots: Int, groups: Int, programs: Int) {
        slotCount = slots
        capacity = programs
        self.groups = groups
        words = (groups + 63) / 64
        // One more than needed, since none at all cannot be allocated.
        unsafe list = .allocate(capacity: programs + 1)
        unsafe self.slots = .allocate(capacity: slots + 1)
        unsafe self.slots.initialize(repeating: 0, count: slots + 1)
        unsafe decided = .allocate(capacity: words + 1)
        unsafe decided.initialize(repeating: 0, count: words + 1)
    }

    deinit {
        unsafe list.deallocate()
        unsafe slots.deallocate()
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
        for word in 0..<words { unsafe decided[word] = 0 }
    }

    /// `group` is less than `groups`.
    @inline(__always) func isDecided(_ group: Int) -> Bool {
        unsafe decided[group &>> 6] & (1 &<< UInt64(group & 63)) != 0
    }

    /// Notes that a group is decided; whether it was not yet.
    @inline(__always) mutating func decide(_ group: Int) -> Bool {
        guard !isDecided(group) else { return false }
        unsafe decided[group &>> 6] |= 1 &<< UInt64(group & 63)
        return true
    }
}
