import CPcap

/// The link types that libpcap has a name for.
package enum LinkTypes {
    /// The names in the order of their numbers.
    package static var names: [String] {
        (0..<512 as Range<CInt>).compactMap { number in
            unsafe pcap_datalink_val_to_name(number).map { unsafe String(cString: $0) }
        }
    }
}
