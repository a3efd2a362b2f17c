import CLinux
import Glibc
import SystemPackage

/// A network interface as the kernel describes it at one moment.
public struct Interface: Equatable, Hashable, Sendable {
    /// The kernel's number for it, which a rename does not change and a new interface does not get again soon.
    public var index: Int32
    /// As `InterfaceName` writes it: no other interface's name is equal to it, and a terminal shows it as it is.
    public var name: String
    /// ARPHRD_ value: what kind of frames it carries (linux/if_arp.h).
    public var hardwareType: UInt16
    /// Set up by the administrator (IFF_UP); says nothing about the cable.
    public var isUp: Bool
    /// What the administrator has written about it (ip link set NAME alias TEXT).
    public var alias: String?

    /// Other names that it answers to (ip link property add dev NAME altname TEXT), each of up to 127 bytes.
    public var alternativeNames: [String] = []

    public init(index: Int32, name: String, hardwareType: UInt16, isUp: Bool, alias: String? = nil) {
        (self.index, self.name, self.hardwareType, self.isUp) = (index, name, hardwareType, isUp)
        self.alias = alias
    }

    /// Whether every packet on it is seen twice, once leaving and once arriving.
    public var isLoopback: Bool { hardwareType == UInt16(ARPHRD_LOOPBACK) }

    /// Whether what was made for this interface is right for `other`: it is the same one, under the same name, and its frames
    /// are of the same kind.
    public func isStill(_ other: Interface) -> Bool {
        index == other.index && name == other.name && hardwareType == other.hardwareType
    }

    /// Whether it is still there, as it was, and up.
    public func isStillUp() throws(SystemError) -> Bool {
        try Interface.all().contains { isStill($0) && $0.isUp }
    }

    /// Its name as the kernel has it, for C: it ends with a zero, and need not be UTF-8.
    public var kernelName: [CChar] { InterfaceName.bytes(of: name).map { CChar(bitPattern: $0) } + [0] }

    /// Whether its frames carry the tags of a switch behind it: a conduit. See Documentation/networking/dsa/dsa.rst.
    public var hasSwitchTags: Bool {
        let path = "/sys/class/net/".utf8.map { CChar(bitPattern: $0) } + kernelName.dropLast()
        return unsafe access(path + "/dsa/tagging\0".utf8.map { CChar(bitPattern: $0) }, F_OK) == 0
    }

    /// Every interface of this network namespace.
    public static func all() throws(SystemError) -> [Interface] {
        var links = try LinkSocket()
        try links.requestAll()
        var found: [Int32: Interface] = [:]
        while true {
            for change in try links.receive() {
                switch change {
                case .present(let interface): found[interface.index] = interface
                case .removed(let index): found[index] = nil
                case .missed:
                    found = [:]
                    try links.requestAll()
                case .complete: return found.values.sorted { $0.index < $1.index }
                }
            }
        }
    }
}
