extension WrongConfiguration {
    /// Missing keys, and values of the wrong type.
    static let structure = [
        WrongConfiguration(
            "an empty file",
            "",
            """
            f:1:1: the file is empty: it must have at least 'captures:'
            """),
        WrongConfiguration(
            "a file of comments",
            """
            # nothing
            """,
            """
            f:1:1: the file is empty: it must have at least 'captures:'
            """),
        WrongConfiguration(
            "a list at the top",
            """
            - eth0
            """,
            """
            f:1:1: the file must be a map of keys such as 'captures:', got a list or a single value
            """),
        WrongConfiguration(
            "a text at the top",
            """
            eth0
            """,
            """
            f:1:1: the file must be a map of keys such as 'captures:', got a list or a single value
            """),
        WrongConfiguration(
            "a null at the top",
            """
            ~
            """,
            """
            f:1:1: the file must be a map of keys such as 'captures:', got a list or a single value
            """),
        WrongConfiguration(
            "no captures",
            """
            ring: { size: 8MiB }
            """,
            """
            f:1:1: 'captures' is missing: it must name at least one capture
            """),
        WrongConfiguration(
            "empty captures",
            """
            captures: {}
            """,
            """
            f:1:1: 'captures' is empty: it must name at least one capture
            """),
        WrongConfiguration(
            "captures without a value",
            """
            captures:
            ring: { size: 8MiB }
            """,
            """
            f:1:1: 'captures' has no value: it must be a map
            """),
        WrongConfiguration(
            "captures as a list",
            """
            captures:
              - interface: eth0
            """,
            """
            f:2:3: 'captures' must be a map, got a list
            """),
        WrongConfiguration(
            "a capture without a value",
            """
            captures:
              web:
            """,
            """
            f:2:3: 'web' has no value: it must be a map
            """),
        WrongConfiguration(
            "a capture that is a text",
            """
            captures:
              web: eth0
            """,
            """
            f:2:8: 'web' must be a map, got 'eth0'
            """),
        WrongConfiguration(
            "no interface",
            """
            captures:
              web:
                filter: dns
            filters:
              dns: port 53
            """,
            """
            f:2:3: 'interface' is missing: it must be the name of an interface, or a pattern such as 'eth*'
            """),
        WrongConfiguration(
            "an interface without a value",
            """
            captures:
              web:
                interface:
            """,
            """
            f:3:5: 'interface' has no value: it must be the name of an interface, or a pattern such as 'eth*'
            """),
        WrongConfiguration(
            "an interface that is a list",
            """
            captures:
              web: { interface: [eth0, { a: b }] }
              dns: { interface: [], except: [eth/0] }
            """,
            """
            f:2:28: 'interface' must be the name of an interface, or a pattern such as 'eth*', got a map
            f:3:21: 'interface' is an empty list: it must have at least one value
            f:3:34: 'eth/0' cannot name an interface (a name contains no blank, '/' or ':')
            """),
        WrongConfiguration(
            "bad interfaces",
            """
            captures:
              a: { interface: eth/0 }
              b: { interface: eth 0 }
              c: { interface: \(String(repeating: "x", count: 128)) }
              d: { interface: 'eth[0' }
              e: { interface: '' }
              f: { interface: 'eth0:1' }
              g: { interface: any }
              h: { interface: '!lo' }
              i: { interface: 'eth0,eth1' }
            """,
            """
            f:2:19: 'eth/0' cannot name an interface (a name contains no blank, '/' or ':')
            f:3:19: 'eth 0' cannot name an interface (a name contains no blank, '/' or ':')
            f:4:19: '\(String(repeating: "x", count: 128))' cannot name an interface (a name has at most 15 \
            characters, an alternative name 127)
            f:5:19: the pattern 'eth[0' has a '[' without ']'
            f:6:19: 'interface' must be the name of an interface, or a pattern such as 'eth*', got ''
            f:7:19: 'eth0:1' cannot name an interface (a name contains no blank, '/' or ':')
            f:8:19: 'any' cannot name an interface (write "*" for every interface)
            f:9:19: '!lo' cannot name an interface (list the exceptions under 'except', such as 'except: [lo]')
            f:10:19: 'eth0,eth1' cannot name an interface (write several as a list, such as '[eth0, eth1]')
            """),
    ]
}
