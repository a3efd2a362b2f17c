import CTraffic
import Glibc
import Linux
public import SystemPackage

/// A virtual cable: two Ethernet interfaces, each of which receives what the other sends. Removed with its owner. See
/// veth(4).
public struct VethPair: ~Copyable, Sendable {
    public let near: String
    public let far: String

    /// Creates the pair; `up: false` leaves both ends down. IPv6 is disabled on both, so that the link is silent.
    public init(_ near: String, _ far: String, up: Bool = true) throws {
        try Command.ip("link add \(near) type veth peer name \(far)")
        (self.near, self.far) = (near, far)
        for end in [near, far] { Sysctl.set("net/ipv6/conf/\(end)/disable_ipv6", to: "1") }
        if up { setUp() }
    }

    /// Sets both ends up.
    public func setUp() {
        for end in [near, far] { _ = try? Command.ip("link set \(end) up") }
    }

    deinit { _ = try? Command.run("ip", ["link", "delete", near]) }
}

/// A tun device: packets written to it arrive on the interface. Removed with its owner.
public struct TunDevice: ~Copyable, Sendable {
    public let name: String
    private let descriptor: Descriptor

    /// Creates a device and sets it up. Its frames are raw IP packets, or of the kind `hardwareType` (ARPHRD_).
    public init(_ name: String, hardwareType: CInt? = nil) throws {
        let number = unsafe traffic_open_tun(name)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let descriptor = Descriptor(owning: number)
        if let hardwareType { try TunDevice.setHardwareType(hardwareType, of: descriptor) }
        Sysctl.set("net/ipv6/conf/\(name)/disable_ipv6", to: "1")
        try Command.ip("link set \(name) up")
        self.name = name
        self.descriptor = descriptor
    }

    /// Changes the kind of its frames to `type` (ARPHRD_). The device must be down.
    public func setHardwareType(_ type: CInt) throws(Errno) { try TunDevice.setHardwareType(type, of: descriptor) }

    private static func setHardwareType(_ type: CInt, of device: borrowing Descriptor) throws(Errno) {
        guard traffic_set_hardware_type(device.number, type) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Makes `packet` arrive on the interface; `type` is its EtherType.
    public func receive(_ packet: [UInt8], type: UInt16 = 0x0800) throws(Errno) {
        // struct tun_pi: flags, protocol.
        let bytes = [0, 0, UInt8(type >> 8), UInt8(type & 0xff)] + packet
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor.number, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw Errno(rawValue: errno) }
    }
}

/// The kernel's settings in this network namespace.
public enum Sysctl {
    /// Changes a setting if it exists.
    public static func set(_ name: String, to value: String) {
        guard let file = try? FileDescriptor.open(FilePath("/proc/sys/\(name)"), .writeOnly) else { return }
        _ = try? file.closeAfter { try file.writeAll(value.utf8) }
    }
}
