import CLinux
import Glibc
import SystemPackage

/// A network interface as the kernel describes it at one moment.
package struct Interface: Equatable, Hashable, Sendable {
    /// The kernel's number. A rename keeps it, and a new interface does not get it again soon.
    package var index: Int32
    /// The name in the notation of `InterfaceName`: unique, and plain text on a terminal.
    package var name: String
    /// ARPHRD_ value: the kind of its frames (linux/if_arp.h).
    package var hardwareType: UInt16
    /// Whether the administrator has set it up (IFF_UP); independent of the cable.
    package var isUp: Bool
    /// The administrator's description (ip link set NAME alias TEXT).
    package var alias: String?

    /// Alternative names (ip link property add dev NAME altname TEXT), each up to 127 bytes.
    package var alternativeNames: [String] = []

    package init(index: Int32, name: String, hardwareType: UInt16, isUp: Bool, alias: String? = nil) {
        (self.index, self.name, self.hardwareType, self.isUp) = (index, name, hardwareType, isUp)
        self.alias = alias
    }

    /// Whether a tap sees each packet twice, as sent and as received.
    package var isLoopback: Bool { hardwareType == UInt16(ARPHRD_LOOPBACK) }

    /// Whether a tap for this interface also fits `other`: the same interface, under the same name, with the same
    /// kind of frames.
    package func isStill(_ other: Interface) -> Bool {
        index == other.index && name == other.name && hardwareType == other.hardwareType
    }

    /// Whether the interface still exists unchanged and is up.
    package func isStillUp() throws(SystemError) -> Bool {
        try Interface.all().contains { isStill($0) && $0.isUp }
    }

    /// The kernel's name as a C string. It need not be UTF-8.
    package var kernelName: [CChar] { InterfaceName.bytes(of: name).map { CChar(bitPattern: $0) } + [0] }

    /// Whether its frames carry the tags of a switch behind it: a conduit. See Documentation/networking/dsa/dsa.rst.
    package var hasSwitchTags: Bool {
        let path = "/sys/class/net/".utf8.map { CChar(bitPattern: $0) } + kernelName.dropLast()
        return unsafe access(path + "/dsa/tagging\0".utf8.map { CChar(bitPattern: $0) }, F_OK) == 0
    }

    /// Every interface of this network namespace.
    package static func all() throws(SystemError) -> [Interface] {
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
