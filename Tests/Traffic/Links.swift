import CTraffic
import Glibc
import Linux
public import SystemPackage

/// A cable: two Ethernet interfaces of which each receives what the other sends; gone with its owner. See veth(4).
public struct VethPair: ~Copyable, Sendable {
    public let near: String
    public let far: String

    /// Makes the pair; `up: false` leaves both ends down. IPv6 is off on both, so that the link is silent.
    public init(_ near: String, _ far: String, up: Bool = true) throws {
        try Command.ip("link add \(near) type veth peer name \(far)")
        (self.near, self.far) = (near, far)
        for end in [near, far] { Sysctl.set("net/ipv6/conf/\(end)/disable_ipv6", to: "1") }
        if up { setUp() }
    }

    /// Sets up both ends.
    public func setUp() {
        for end in [near, far] { _ = try? Command.ip("link set \(end) up") }
    }

    deinit { _ = try? Command.run("ip", ["link", "delete", near]) }
}

/// A tun device: packets written to it arrive on the interface. Gone with its owner.
public struct TunDevice: ~Copyable, Sendable {
    public let name: String
    private let descriptor: Descriptor

    /// Makes a device that is up. Its frames are raw IP packets, or of the kind that `hardwareType` (ARPHRD_) says.
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

    /// Makes its frames of the kind that `type` (ARPHRD_) says; it must be down.
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

/// The kernel's settings for this network namespace.
public enum Sysctl {
    /// Sets one where it is there.
    public static func set(_ name: String, to value: String) {
        guard let file = try? FileDescriptor.open(FilePath("/proc/sys/\(name)"), .writeOnly) else { return }
        _ = try? file.closeAfter { try file.writeAll(value.utf8) }
    }
}
