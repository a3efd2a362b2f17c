/// The four filters of the paper's figure 8, and one of the kind that grows with a network: a hundred hosts.
struct Filter {
    let name: String
    let expression: String

    /// The hosts stand for the paper's "horse" and "gauguin": give two that occur in the capture.
    static func all(_ horse: String, _ gauguin: String) -> [Filter] {
        let hundred = (1...100).map { "host 10.\($0 % 7).\($0 * 37 % 251).\($0)" }.joined(separator: " or ")
        return [
            Filter(name: "1: IP", expression: "ip"),
            Filter(name: "2: IP with source or destination horse", expression: "ip host \(horse)"),
            Filter(
                name: "3: TCP port finger, domain, login or shell",
                expression: "tcp port 79 or tcp port 53 or tcp port 513 or tcp port 514"),
            Filter(name: "4: IP, ARP or RARP, horse and gauguin", expression: "host \(horse) and host \(gauguin)"),
            Filter(name: "5: a hundred hosts", expression: hundred),
        ]
    }
}
