import BasicContainers

/// The programs that accepted the packet classified last, in no particular order; and what a classifier notes meanwhile.
/// Belongs to one thread.
public struct Matches: ~Copyable, Sendable {
    private var list: RigidArray<Match>
    /// Scratch memory: the numbers computed for this packet.
    var words: RigidArray<UInt32>
    /// For each group of equal programs the last packet for which it was decided.
    private var decided: RigidArray<UInt64>
    /// The number of the packet at hand.
    private var packet: UInt64 = 0
    /// Whose they are.
    let owner: ObjectIdentifier

    init(for owner: ObjectIdentifier, scratch: Int, groups: Int, programs: Int) {
        self.owner = owner
        list = RigidArray(capacity: programs)
        words = RigidArray(repeating: 0, count: scratch)
        decided = RigidArray(repeating: 0, count: groups)
    }

    /// How many programs accepted the packet.
    public var count: Int { list.count }

    /// One of them, from 0 to `count` - 1.
    public subscript(index: Int) -> Match { list[index] }

    /// Each program is found once at most, as `decide` sees to it; and there is room for all.
    mutating func append(_ program: Int, _ verdict: UInt32) {
        list.append(Match(program: program, verdict: verdict))
    }

    /// Forgets the packet before.
    mutating func reset() {
        list.removeAll()
        packet &+= 1
    }

    func isDecided(_ group: Int) -> Bool { decided[group] == packet }

    /// Notes that a group is decided; whether it was not yet.
    mutating func decide(_ group: Int) -> Bool {
        guard !isDecided(group) else { return false }
        decided[group] = packet
        return true
    }
}
