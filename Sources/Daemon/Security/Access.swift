import Glibc
import Linux
import Synchronization

/// Access rules of the control socket: every process can connect, and the kernel identifies it.
struct Access: Equatable, Sendable {
    /// The rights of a client. A greater role includes the lesser ones.
    enum Role: Comparable {
        /// May do nothing.
        case stranger
        /// May read the status: has the group that can read the captures.
        case reader
        case commander
    }

    /// A group and its number when this value was made; nil if the system has no such group.
    struct Group: Equatable, Sendable {
        let name: String
        let number: UInt32?

        init(named name: String) { (self.name, number) = (name, Linux.Group.number(of: name)) }

        init(_ name: String, number: UInt32?) { (self.name, self.number) = (name, number) }
    }

    /// The daemon's own user, which has every right, as root does.
    let user: UInt32
    let readers: Group
    let commanders: Group

    func role(of peer: Peer) -> Role {
        if peer.user == 0 || peer.user == user || isMember(peer, of: commanders) { return .commander }
        return isMember(peer, of: readers) ? .reader : .stranger
    }

    private func isMember(_ peer: Peer, of group: Group) -> Bool { group.number.map(peer.groups.contains) ?? false }

    /// The refusal of an action, with advice.
    func refusal(of action: String, to peer: Peer, needing role: Role) -> String {
        let group = role == .commander ? commanders : readers
        let advice =
            group.number == nil
            ? "this system has no group '\(group.name)': create it with groupadd, or set 'control.group'"
            : "run 'usermod -aG \(group.name) USER', then log in again"
        return "user \(peer.user) is not permitted to \(action): only root and members of group '\(group.name)' are "
            + "(\(advice))"
    }
}

extension Access {
    /// The access rules for this process: the group of its files may read.
    init(commanders: Group) {
        let own = getegid()
        self.init(
            user: geteuid(), readers: Group(Linux.Group.name(of: own) ?? "\(own)", number: own), commanders: commanders)
    }
}

/// The current access rules, shared with the control server's thread.
final class SharedAccess: Sendable {
    private let state = Mutex(Access(commanders: Access.Group("root", number: nil)))

    var current: Access {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
