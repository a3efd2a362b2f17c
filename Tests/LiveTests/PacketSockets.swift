import Foundation
import TestSupport
import Traffic

/// Waits until an interface has one packet socket that stays. libpcap opens short-lived ones to compile a filter.
func waitForTap(on interface: String) throws {
    try eventually("a tap on \(interface)") {
        let before = try taps(on: interface)
        return try before.count == 1 && staysTrue(for: 0.3) { try taps(on: interface) == before }
    }
}

/// The packet sockets on an interface, by inode.
///
/// In /proc/net/packet, the fifth column is the index of the interface and the ninth is the inode.
func taps(on interface: String) throws -> Set<Substring> {
    let listing = try Command.run("ip", ["-o", "link", "show", interface])
    guard listing.status == 0, let index = listing.output.split(separator: ":").first else { return [] }
    let table = try String(contentsOfFile: "/proc/self/net/packet", encoding: .utf8)
    let rows = table.split(separator: "\n").map { $0.split(separator: " ") }
    return Set(rows.filter { $0.count > 8 && $0[4] == index }.map { $0[8] })
}
