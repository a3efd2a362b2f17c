import Glibc
import Linux
import Synchronization

/// Who may do what at the control socket: anybody can connect, and the kernel says who it is.
struct Access: Equatable, Sendable {
    /// What a client may do; a greater one includes the lesser ones.
    enum Role: Comparable {
        case nobody
        /// Whoever may read the captures may know how they are.
        case reader
        case commander
    }

    /// A group with the number that the system had for it when this was made; nil where it has none of that name.
    struct Group: Equatable, Sendable {
        let name: String
        let number: UInt32?

        init(named name: String) { (self.name, number) = (name, Linux.Group.number(of: name)) }

        init(_ name: String, number: UInt32?) { (self.name, self.number) = (name, number) }
    }

    /// The daemon's own user: may do everything, as root may.
    let user: UInt32
    let readers: Group
    let commanders: Group

    func role(of peer: Peer) -> Role {
        if peer.user == 0 || peer.user == user || isMember(peer, of: commanders) { return .commander }
        return isMember(peer, of: readers) ? .reader : .nobody
    }

    private func isMember(_ peer: Peer, of group: Group) -> Bool { group.number.map(peer.groups.contains) ?? false }

    /// What one hears who may not do it: a sentence, and how to change it.
    func refusal(of action: String, to peer: Peer, needing role: Role) -> String {
        let group = role == .commander ? commanders : readers
        let advice =
            group.number == nil
            ? "this system has no group '\(group.name)': make it (groupadd), or name another (control: group)"
            : "usermod -aG \(group.name) USER, then a new login"
        return "user \(peer.user) is not permitted to \(action): only root and members of group '\(group.name)' are "
            + "(\(advice))"
    }
}

extension Access {
    /// Of the process as it is now: the group of its files reads.
    init(commanders: Group) {
        let own = getegid()
        self.init(
            user: geteuid(), readers: Group(Linux.Group.name(of: own) ?? "\(own)", number: own), commanders: commanders)
    }
}

/// The access in force, for those who answer.
final class SharedAccess: Sendable {
    private let state = Mutex(Access(commanders: Access.Group("root", number: nil)))

    var current: Access {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
