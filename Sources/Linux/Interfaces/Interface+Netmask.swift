import CLinux
import Glibc

extension Interface {
    /// The netmask of the interface's first IPv4 address as a number: 255.255.255.0 is 0xffffff00. Nil if there is no
    /// such address. See getifaddrs(3).
    package var netmask: UInt32? {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { return nil }
        defer { unsafe freeifaddrs(first) }
        var next = unsafe first
        while let entry = unsafe next {
            defer { unsafe next = entry.pointee.ifa_next }
            guard unsafe strcmp(entry.pointee.ifa_name, kernelName) == 0,
                let address = unsafe entry.pointee.ifa_addr, unsafe address.pointee.sa_family == sa_family_t(AF_INET),
                let mask = unsafe entry.pointee.ifa_netmask
            else { continue }
            let number = unsafe UnsafeRawPointer(mask).loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
            return UInt32(bigEndian: number)
        }
        return nil
    }
}
