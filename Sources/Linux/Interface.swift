import CLinux
import Glibc
import SystemPackage

/// A network interface as the kernel describes it at one moment.
public struct Interface: Equatable, Hashable, Sendable {
    /// The kernel's number for it, which a rename does not change and a new interface does not get again soon.
    public var index: Int32
    public var name: String
    /// ARPHRD_ value: what kind of frames it carries (linux/if_arp.h).
    public var hardwareType: UInt16
    /// Set up by the administrator (IFF_UP); says nothing about the cable.
    public var isUp: Bool
    /// What the administrator has written about it (ip link set NAME alias TEXT).
    public var alias: String?

    public init(index: Int32, name: String, hardwareType: UInt16, isUp: Bool, alias: String? = nil) {
        (self.index, self.name, self.hardwareType, self.isUp) = (index, name, hardwareType, isUp)
        self.alias = alias
    }

    /// Whether every packet on it is seen twice, once leaving and once arriving.
    public var isLoopback: Bool { hardwareType == UInt16(ARPHRD_LOOPBACK) }

    /// Whether the interface still exists under this name. See if_nametoindex(3).
    public var isThere: Bool { unsafe if_nametoindex(name) == UInt32(index) }

    /// Whether its frames carry the tags of a switch behind it: a conduit. See Documentation/networking/dsa/dsa.rst.
    public var hasSwitchTags: Bool { unsafe access("/sys/class/net/\(name)/dsa/tagging", F_OK) == 0 }

    /// Every interface of this network namespace.
    public static func all() throws(SystemError) -> [Interface] {
        var links = try LinkSocket()
        try links.requestAll()
        var found: [Interface] = []
        while true {
            for change in try links.receive() {
                switch change {
                case .present(let interface): found.append(interface)
                case .removed(let index): found.removeAll { $0.index == index }
                case .missed: throw SystemError("list", "the network interfaces", .noBufferSpace)
                case .complete: return found
                }
            }
        }
    }
}
