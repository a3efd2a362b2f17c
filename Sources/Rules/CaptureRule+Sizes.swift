package import Linux
package import Pcap
import Segments

extension CaptureRule {
    /// The header of each segment. `host` is the name of the capturing machine.
    package func fileHeader(interface: Interface, linkType: LinkType, host: String) -> [UInt8] {
        switch kind.format {
        case .pcap: PcapHeader(precision: precision, snapLength: snapLength, linkType: linkType).bytes
        case .pcapng:
            PcapngHeader(
                hardware: Host.hardware, system: Host.system, application: "Holdfast \(Version.text)",
                interface: interface.name, host: host, description: interface.alias, filter: filter,
                precision: precision, snapLength: snapLength, linkType: linkType
            ).bytes
        }
    }

    /// The smallest valid size of a buffer, in bytes. The longest packet fits, with any interface name, behind a file
    /// header or the remainder of a page, and with the end of the file behind it.
    package var smallestBuffer: Int {
        let interface = Interface(
            index: 0, name: String(repeating: "x", count: InterfaceName.maximumLength), hardwareType: 0, isUp: true,
            alias: String(repeating: "x", count: 255))
        let host = String(repeating: "x", count: Host.longestName)
        let header = fileHeader(interface: interface, linkType: .ethernet, host: host)
        return max(header.count, File.pageSize)
            + kind.format.recordSize(capturedLength: Int(snapLength), isAfterLoss: true) + kind.format.trailerSize
    }
}
