extension WrongConfiguration {
    /// Filters that do not exist, that refer to themselves, or that libpcap rejects.
    static let filters = [
        WrongConfiguration(
            "an unknown filter, close",
            """
            filters:
              dns: port 53
            captures:
              web: { interface: eth0, filter: dsn }
            """,
            """
            f:4:35: unknown filter 'dsn' (did you mean 'dns'?)
            """),
        WrongConfiguration(
            "an unknown filter, far",
            """
            filters:
              dns: port 53
            captures:
              web: { interface: eth0, filter: icmp }
            """,
            """
            f:4:35: unknown filter 'icmp' (a capture names a filter; put the expression under 'filters:')
            """),
        WrongConfiguration(
            "an expression in a capture",
            """
            captures:
              web: { interface: eth0, filter: tcp port 80 }
            """,
            """
            f:2:35: unknown filter 'tcp port 80' (a capture names a filter; put the expression under 'filters:')
            """),
        WrongConfiguration(
            "an at in a capture",
            """
            filters:
              dns: port 53
            captures:
              web: { interface: eth0, filter: '@dns' }
            """,
            """
            f:4:35: unknown filter '@dns' (did you mean 'dns'?)
            """),
        WrongConfiguration(
            "unknown names in filters",
            #"""
            filters:
              dns: port 53
              plain: not (@dns or @dsn)
              quoted: "@nds or @else"
              single: 'tcp and @nds'
              folded: >-
                tcp
                and @nds
              escaped: "t\x63p and @nds"
              bare: tcp and @
            captures:
              web: { interface: eth0 }
            """#,
            """
            f:3:23: filter 'plain': unknown filter 'dsn' (did you mean 'dns'?)
            f:4:12: filter 'quoted': unknown filter 'nds' (did you mean 'dns'?)
            f:4:20: filter 'quoted': unknown filter 'else'
            f:5:20: filter 'single': unknown filter 'nds' (did you mean 'dns'?)
            f:6:11: filter 'folded': unknown filter 'nds' (did you mean 'dns'?)
            f:9:12: filter 'escaped': unknown filter 'nds' (did you mean 'dns'?)
            f:10:17: filter 'bare': '@' without the name of a filter
            """),
        WrongConfiguration(
            "filters in a circle",
            """
            filters:
              first: "@a or tcp"
              a: tcp or @b
              b: udp or @a
              self: not @self
            captures:
              web: { interface: eth0, filter: a }
            """,
            """
            f:3:13: filter 'a' refers to itself: a -> b -> a
            f:5:13: filter 'self' refers to itself: self -> self
            """),
        WrongConfiguration(
            "expressions that libpcap refuses",
            """
            filters:
              dns: prot 53
              inner: port 70000
              outer: tcp and @inner
              more: "not @outer"
            captures:
              web: { interface: eth0, filter: outer }
            """,
            """
            f:2:8: filter 'dns': libpcap: can't parse filter expression: syntax error
            f:3:10: filter 'inner': libpcap: illegal port number 70000 > 65535
            """),
        WrongConfiguration(
            "filters that are no expressions",
            #"""
            filters:
              handmade: { program: syn.bpf }
              map: { expression: tcp }
              list: [tcp]
              nothing:
              empty: ""
              zero: "tcp\0"
              tagged: !include x
            captures:
              web: { interface: eth0, filter: handmade }
            """#,
            """
            f:2:24: filter 'handmade': syn.bpf:1:1: cannot read the file: No such file or directory
            f:3:8: 'map' must be a filter expression, such as 'tcp port 80', got a map
            f:4:9: 'list' must be a filter expression, such as 'tcp port 80', got a list
            f:5:3: 'nothing' has no value: it must be a filter expression, such as 'tcp port 80'
            f:6:10: filter 'empty' is empty (a capture without 'filter' keeps every packet)
            f:7:9: filter 'zero' contains a NUL character
            f:8:11: 'tagged' must be a filter expression, such as 'tcp port 80', got a value tagged !include
            """),
        WrongConfiguration(
            "filters that are no map",
            """
            filters: port 53
            captures:
              web: { interface: eth0 }
            """,
            """
            f:1:10: 'filters' must be a map, got 'port 53'
            """),
    ]
}
