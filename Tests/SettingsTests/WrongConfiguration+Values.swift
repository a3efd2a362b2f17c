import Rules

extension WrongConfiguration {
    private static let processors = Processors.allowed.map(String.init).joined(separator: ", ")

    /// Values of the wrong kind, or out of range.
    static let values = [
        WrongConfiguration(
            "values at the top of the file",
            """
            free-space: some
            user: nobody-here
            sandbox: on
            captures:
              web: { interface: eth0 }
            ring: { workers: 0 }
            log: jsno
            """,
            """
            f:1:13: 'free-space' must be a size such as 64MiB, got 'some'
            f:2:7: this host has no user 'nobody-here'
            f:3:10: 'sandbox' must be true or false, got 'on' (did you mean 'true'?)
            f:6:18: 'workers' must be at least 1, got '0'
            f:7:6: 'log' must be auto or json, got 'jsno' (did you mean 'json'?)
            """),
        WrongConfiguration(
            "wrong words",
            """
            captures:
              web:
                interface: eth0
                format: xml
                compress: noen
                precision: nanno
                direction: inbound
                sync: sgement
                promiscuous: yes
            ring: { workers: many }
            """,
            """
            f:4:13: 'format' must be pcap or pcapng, got 'xml'
            f:5:15: 'compress' must be none or zstd, got 'noen' (did you mean 'none'?)
            f:6:16: 'precision' must be nano or micro, got 'nanno' (did you mean 'nano'?)
            f:7:16: 'direction' must be in, out or both, got 'inbound' (did you mean 'in'?)
            f:8:11: 'sync' must be none, segment or hold, got 'sgement' (did you mean 'segment'?)
            f:9:18: 'promiscuous' must be true or false, got 'yes' (did you mean 'true'?)
            f:10:18: 'workers' must be a whole number, got 'many'
            """),
        WrongConfiguration(
            "processors that are not there",
            """
            captures: { web: { interface: eth0 } }
            cpus: { drain: [100000], writer: [\(Processors.allowed[0]), -1] }
            """,
            """
            f:2:17: 'drain' must be the number of a processor that this process may use \
            (\(processors)), got '100000'
            f:2:\(37 + "\(Processors.allowed[0])".count): 'writer' must be the number of a \
            processor that this process may use (\(processors)), got '-1'
            """),
        WrongConfiguration(
            "wrong types",
            """
            directory: [a]
            captures:
              web:
                interface: eth0
                snap-length: { bytes: 1 }
                promiscuous: 1
                rotate: 64MiB
                keep: [7d]
                flush: ~
                directory: ''
            ring: none
            buffers: []
            """,
            """
            f:1:12: 'directory' must be the path of a directory, got a list
            f:5:18: 'snap-length' must be a whole number, got a map
            f:6:18: 'promiscuous' must be true or false, got '1' (did you mean 'true'?)
            f:7:13: 'rotate' must be a map, got '64MiB'
            f:8:11: 'keep' must be a map, got a list
            f:9:5: 'flush' has no value: it must be a duration with its unit, such as 1s or 1h
            f:10:16: 'directory' must be the path of a directory, got ''
            f:11:7: 'ring' must be a map, got 'none'
            f:12:10: 'buffers' must be a map, got a list
            """),
        WrongConfiguration(
            "numbers that are none",
            """
            captures:
              web:
                interface: eth0
                snap-length: 0x100
                rotate: { size: 64m, packets: 1e6, every: hourly }
                keep: { size: 1.5GiB, files: -1, age: 7 moons }
                flush: 1000
            buffers: { count: two }
            """,
            """
            f:4:18: 'snap-length' must be a whole number, got '0x100'
            f:5:21: 'size' must be a size such as 64MiB, got '64m'
            f:5:35: 'packets' must be a number such as 50000 or 50k, got '1e6'
            f:5:47: 'every' must be a duration with its unit, such as 1s or 1h, got 'hourly'
            f:6:19: 'size' must be a size such as 64MiB, got '1.5GiB'
            f:6:34: 'files' must be a whole number, got '-1'
            f:6:43: 'age' must be a duration with its unit, such as 1s or 1h, got '7 moons'
            f:7:12: 'flush' must be a duration with its unit, such as 1s or 1h, got '1000'
            f:8:19: 'count' must be a whole number, got 'two'
            """),
        WrongConfiguration(
            "numbers out of range, low",
            """
            captures:
              web:
                interface: eth0
                snap-length: 0
                rotate: { size: 1KiB, packets: 0, every: 500ms }
                keep: { size: 0, files: 0, age: 0s }
                flush: 1ms
            ring: { size: 4096, block: 4KiB, timeout: 0ms }
            buffers: { size: 0, count: 1 }
            """,
            """
            f:4:18: 'snap-length' must be at least 1, got '0'
            f:5:21: 'size' must be at least 64KiB, got '1KiB'
            f:5:36: 'packets' must be at least 1, got '0'
            f:5:46: 'every' must be at least 1s, got '500ms'
            f:6:19: 'size' must be at least 1B, got '0'
            f:6:29: 'files' must be at least 1, got '0'
            f:6:37: 'age' must be at least 1s, got '0s'
            f:7:12: 'flush' must be at least 10ms, got '1ms'
            f:8:15: 'size' must be at least 512KiB, got '4096'
            f:8:28: 'block' must be at least 512KiB, got '4KiB'
            f:8:43: 'timeout' must be at least 1ms, got '0ms'
            f:9:18: 'size' must be at least 4KiB, got '0'
            f:9:28: 'count' must be at least 2, got '1'
            """),
        WrongConfiguration(
            "numbers out of range, high",
            """
            captures:
              web:
                interface: eth0
                snap-length: 262145
                rotate: { size: 99999999999999999999TiB, packets: 9223372036854775808, every: 36501d }
                keep: { size: 9999999TiB, files: 99999999999999999999, age: 9999999999999d }
                flush: 61m
            ring: { size: 4GiB, block: 4GiB, timeout: 1001ms }
            buffers: { size: 2GiB, count: 65 }
            """,
            """
            f:4:18: 'snap-length' must be at most 262144, got '262145'
            f:5:21: 'size' must be at most 1048576TiB, got '99999999999999999999TiB'
            f:5:83: 'every' must be at most 36500d, got '36501d'
            f:6:19: 'size' must be at most 1048576TiB, got '9999999TiB'
            f:6:65: 'age' must be at most 36500d, got '9999999999999d'
            f:7:12: 'flush' must be at most 1h, got '61m'
            f:8:15: 'size' must be at most 4095MiB, got '4GiB'
            f:8:28: 'block' must be at most 1GiB, got '4GiB'
            f:8:43: 'timeout' must be at most 1s, got '1001ms'
            f:9:18: 'size' must be at most 1GiB, got '2GiB'
            f:9:31: 'count' must be at most 64, got '65'
            """),
        WrongConfiguration(
            "seconds in pieces",
            """
            captures:
              web: { interface: eth0, rotate: { every: 1500ms }, keep: { age: 2001ms } }
            """,
            """
            f:2:44: 'every' must be a whole number of seconds, got '1500ms'
            f:2:67: 'age' must be a whole number of seconds, got '2001ms'
            """),
    ]
}
