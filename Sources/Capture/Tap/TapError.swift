package import BPF
package import Linux
import Rules

/// Why a tap could not be opened or changed, as a message for the operator.
package enum TapError: Error, CustomStringConvertible {
    /// CAP_NET_RAW is missing.
    case notPermitted
    case unknownLinkType(Interface)
    case filter(FilterError, interface: String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .notPermitted:
            "capturing requires the capability CAP_NET_RAW: run as root, give it to the program (setcap cap_net_raw+ep "
                + "/path/to/holdfastd), or set AmbientCapabilities=CAP_NET_RAW in the systemd unit"
        case .unknownLinkType(let interface):
            interface.unsupportedLinkType
        case .filter(let error, let interface): "on \(interface): \(error)"
        case .system(let error): "\(error)"
        }
    }
}
