extension WrongConfiguration {
    /// Values that contradict each other.
    static let rules = [
        WrongConfiguration(
            "limits that limit nothing",
            """
            captures:
              web:
                interface: eth0
                rotate: {}
                keep: {}
            """,
            """
            f:4:5: 'rotate' has no limit: set size, every or packets
            f:5:5: 'keep' has no limit: set size, files or age
            """),
        WrongConfiguration(
            "a block that is no power of two",
            """
            captures:
              web: { interface: eth0 }
            ring: { block: 768KiB }
            """,
            """
            f:3:16: 'block' must be a power of two, such as 1MiB, got '768KiB'
            """),
        WrongConfiguration(
            "a ring of a block and a half",
            """
            captures:
              web: { interface: eth0 }
            ring: { size: 1536KiB }
            """,
            """
            f:3:15: the ring must consist of two or more whole blocks of 1MiB, got 1536KiB
            """),
        WrongConfiguration(
            "a ring of one block",
            """
            captures:
              web: { interface: eth0 }
            ring: { size: 2MiB, block: 2MiB }
            """,
            """
            f:3:15: the ring must consist of two or more whole blocks of 2MiB, got 2MiB
            """),
        WrongConfiguration(
            "a block larger than the default ring",
            """
            captures:
              web: { interface: eth0 }
            ring: { block: 64MiB }
            """,
            """
            f:3:1: the ring must consist of two or more whole blocks of 64MiB, got 64MiB
            """),
        WrongConfiguration(
            "buffers of odd size",
            """
            captures:
              web: { interface: eth0 }
            buffers: { size: 1MB }
            """,
            """
            f:3:18: 'size' must be a multiple of 4096 bytes, got '1MB'
            """),
        WrongConfiguration(
            "buffers too small for a record",
            """
            captures:
              small: { interface: eth0, snap-length: 64 }
              web: { interface: eth0, snap-length: 65536 }
            buffers: { size: 64KiB }
            """,
            """
            f:4:18: 'size' must be at least 69648 bytes, got 65536: a packet of capture 'web' has up to 65536 \
            bytes (its snap-length) and headers
            """),
        WrongConfiguration(
            "a shared directory",
            """
            directory: /data/
            captures:
              a: { interface: eth0 }
              b: { interface: eth1, directory: /data/x/../a }
              c: { interface: eth2, directory: /data/a/ }
            """,
            """
            f:4:36: captures 'a' and 'b' share the directory /data/a (each must have its own)
            f:5:36: captures 'a' and 'c' share the directory /data/a (each must have its own)
            """),
        WrongConfiguration(
            "a file of many errors",
            """
            directory: 7
            filters:
              dns: port 53 and
              web: tcp port 80 or @dsn
            captures:
              web:
                interfaces: eth0
                filter: wbe
                rotate: { size: 64, evry: 1h }
              dns:
                interface: eth0
                filter: dns
                keep: { age: 7 }
            ring: { sise: 8MiB, block: 3MiB }
            user: nobody-here
            """,
            """
            f:3:8: filter 'dns': libpcap: can't parse filter expression: syntax error
            f:4:23: filter 'web': unknown filter 'dsn' (did you mean 'dns'?)
            f:6:3: 'interface' is missing: it must be the name of an interface, or a pattern such as 'eth*'
            f:7:5: unknown key 'interfaces' (did you mean 'interface'?)
            f:8:13: unknown filter 'wbe' (did you mean 'web'?)
            f:9:21: 'size' must be at least 64KiB, got '64'
            f:9:25: unknown key 'evry' (did you mean 'every'?)
            f:13:18: 'age' must be a duration with its unit, such as 1s or 1h, got '7'
            f:14:9: unknown key 'sise' (did you mean 'size'?)
            f:14:28: 'block' must be a power of two, such as 1MiB, got '3MiB'
            f:15:7: this host has no user 'nobody-here'
            """),
        WrongConfiguration(
            "errors behind an alias",
            """
            captures:
              a: &a { interface: eth0, flush: 5, directory: /x }
              b: *a
            """,
            """
            f:2:35: 'flush' must be a duration with its unit, such as 1s or 1h, got '5'
            f:2:49: captures 'a' and 'b' share the directory /x (each must have its own)
            """),
    ]
}
