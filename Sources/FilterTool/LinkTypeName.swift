package import BPF
import CPcap

extension ExpressionCompiler {
    /// Creates a compiler for a link type by libpcap's name, such as EN10MB, RAW or IEEE802_11_RADIO, in any case.
    package convenience init(linkTypeName name: String) throws {
        let number = unsafe pcap_datalink_name_to_val(name)
        guard number >= 0 else {
            throw CommandError(
                "libpcap does not know link type '\(name)' (EN10MB is Ethernet, RAW is IP without a link header)")
        }
        try self.init(dataLinkType: number)
    }
}
