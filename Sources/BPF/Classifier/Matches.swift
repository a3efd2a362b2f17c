import BasicContainers

/// The programs that accepted the most recently classified packet, in no particular order, and the classifier's
/// scratch state.
///
/// Belongs to one thread.
public struct Matches: ~Copyable, Sendable {
    private var list: RigidArray<Match>
    /// Scratch memory: the values computed for the current packet.
    var words: RigidArray<UInt32>
    /// For each group, the number of the last packet for which it was decided.
    private var decided: RigidArray<UInt64>
    /// The number of the current packet.
    private var packet: UInt64 = 0
    /// The classifier that these matches belong to.
    let owner: ObjectIdentifier

    init(for owner: ObjectIdentifier, scratch: Int, groups: Int, programs: Int) {
        self.owner = owner
        list = RigidArray(capacity: programs)
        words = RigidArray(repeating: 0, count: scratch)
        decided = RigidArray(repeating: 0, count: groups)
    }

    /// The number of programs that accepted the packet.
    public var count: Int { list.count }

    /// The match at `index`, from 0 to `count` - 1.
    public subscript(index: Int) -> Match { list[index] }

    /// Appends a match. `decide` ensures that each program is appended at most once, so the capacity suffices.
    mutating func append(_ program: Int, _ verdict: UInt32) {
        list.append(Match(program: program, verdict: verdict))
    }

    /// Discards the matches of the previous packet.
    mutating func reset() {
        list.removeAll()
        packet &+= 1
    }

    func isDecided(_ group: Int) -> Bool { decided[group] == packet }

    /// Marks a group as decided; returns whether it was undecided.
    mutating func decide(_ group: Int) -> Bool {
        guard !isDecided(group) else { return false }
        decided[group] = packet
        return true
    }
}
