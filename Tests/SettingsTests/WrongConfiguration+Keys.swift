extension WrongConfiguration {
    /// Unknown keys, and invalid names.
    static let keys = [
        WrongConfiguration(
            "unknown keys",
            """
            capture: {}
            rign: {}
            zebra: 1
            captures:
              web: { interface: eth0, fliter: dns, flsh: 1s, rotate: { every: 1h, packet: 5 } }
            buffers: { counts: 2 }
            """,
            """
            f:1:1: unknown key 'capture' (did you mean 'captures'?)
            f:2:1: unknown key 'rign' (did you mean 'ring'?)
            f:3:1: unknown key 'zebra'
            f:5:27: unknown key 'fliter' (did you mean 'filter'?)
            f:5:40: unknown key 'flsh' (did you mean 'flush'?)
            f:5:71: unknown key 'packet' (did you mean 'packets'?)
            f:6:12: unknown key 'counts' (did you mean 'count'?)
            """),
        WrongConfiguration(
            "a key that is a list",
            """
            captures:
              web: { interface: eth0, [a]: b }
            """,
            """
            f:2:27: a key must be a word, got a list or a map
            """),
        WrongConfiguration(
            "bad names",
            """
            filters:
              -a: port 53
              "a b": port 53
            captures:
              ../etc: { interface: eth0 }
              \(longName): { interface: eth0 }
              "": { interface: eth0 }
            """,
            """
            f:2:3: '-a' cannot name a filter (at most 64 letters, digits, '_', '.' and '-', and neither '.' \
            nor '-' first)
            f:3:3: 'a b' cannot name a filter (at most 64 letters, digits, '_', '.' and '-', and neither \
            '.' nor '-' first)
            f:5:3: '../etc' cannot name a capture (at most 64 letters, digits, '_', '.' and '-', and \
            neither '.' nor '-' first)
            f:6:3: '\(longName)' cannot name a capture (at most 64 letters, digits, '_', '.' and '-', and \
            neither '.' nor '-' first)
            f:7:3: '' cannot name a capture (at most 64 letters, digits, '_', '.' and '-', and neither '.' \
            nor '-' first)
            """),
    ]

    private static let longName = String(repeating: "x", count: 65)
}
