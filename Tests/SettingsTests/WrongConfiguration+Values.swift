import Capture

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
            f:1:13: 'free-space' is a size such as 64MiB, not 'some'
            f:2:7: this host has no user 'nobody-here'
            f:3:10: 'sandbox' is true or false, not 'on' (did you mean 'true'?)
            f:6:18: 'workers' is at least 1, not '0'
            f:7:6: 'log' is auto or json, not 'jsno' (did you mean 'json'?)
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
            f:4:13: 'format' is pcap or pcapng, not 'xml'
            f:5:15: 'compress' is none or zstd, not 'noen' (did you mean 'none'?)
            f:6:16: 'precision' is nano or micro, not 'nanno' (did you mean 'nano'?)
            f:7:16: 'direction' is in, out or both, not 'inbound' (did you mean 'in'?)
            f:8:11: 'sync' is none, segment or hold, not 'sgement' (did you mean 'segment'?)
            f:9:18: 'promiscuous' is true or false, not 'yes' (did you mean 'true'?)
            f:10:18: 'workers' is a whole number, not 'many'
            """),
        WrongConfiguration(
            "processors that are not there",
            """
            captures: { web: { interface: eth0 } }
            cpus: { drain: [100000], writer: [\(Processors.allowed[0]), -1] }
            """,
            """
            f:2:17: 'drain' is the number of a processor that this process may use: \(processors), not '100000'
            f:2:\(37 + "\(Processors.allowed[0])".count): 'writer' is the number of a processor that this process may use: \(processors), not '-1'
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
            f:1:12: 'directory' is the path of a directory, not a list
            f:5:18: 'snap-length' is a whole number, not a map
            f:6:18: 'promiscuous' is true or false, not '1' (did you mean 'true'?)
            f:7:13: 'rotate' is a map, not '64MiB'
            f:8:11: 'keep' is a map, not a list
            f:9:5: 'flush' has no value (it is a duration with its unit, such as 1s or 1h)
            f:10:16: 'directory' is the path of a directory, not ''
            f:11:7: 'ring' is a map, not 'none'
            f:12:10: 'buffers' is a map, not a list
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
            f:4:18: 'snap-length' is a whole number, not '0x100'
            f:5:21: 'size' is a size such as 64MiB, not '64m'
            f:5:35: 'packets' is a number such as 50000 or 50k, not '1e6'
            f:5:47: 'every' is a duration with its unit, such as 1s or 1h, not 'hourly'
            f:6:19: 'size' is a size such as 64MiB, not '1.5GiB'
            f:6:34: 'files' is a whole number, not '-1'
            f:6:43: 'age' is a duration with its unit, such as 1s or 1h, not '7 moons'
            f:7:12: 'flush' is a duration with its unit, such as 1s or 1h, not '1000'
            f:8:19: 'count' is a whole number, not 'two'
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
            f:4:18: 'snap-length' is at least 1, not '0'
            f:5:21: 'size' is at least 64KiB, not '1KiB'
            f:5:36: 'packets' is at least 1, not '0'
            f:5:46: 'every' is at least 1s, not '500ms'
            f:6:19: 'size' is at least 1B, not '0'
            f:6:29: 'files' is at least 1, not '0'
            f:6:37: 'age' is at least 1s, not '0s'
            f:7:12: 'flush' is at least 10ms, not '1ms'
            f:8:15: 'size' is at least 512KiB, not '4096'
            f:8:28: 'block' is at least 512KiB, not '4KiB'
            f:8:43: 'timeout' is at least 1ms, not '0ms'
            f:9:18: 'size' is at least 4KiB, not '0'
            f:9:28: 'count' is at least 2, not '1'
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
            f:4:18: 'snap-length' is at most 262144, not '262145'
            f:5:21: 'size' is at most 1048576TiB, not '99999999999999999999TiB'
            f:5:83: 'every' is at most 36500d, not '36501d'
            f:6:19: 'size' is at most 1048576TiB, not '9999999TiB'
            f:6:65: 'age' is at most 36500d, not '9999999999999d'
            f:7:12: 'flush' is at most 1h, not '61m'
            f:8:15: 'size' is at most 4095MiB, not '4GiB'
            f:8:28: 'block' is at most 1GiB, not '4GiB'
            f:8:43: 'timeout' is at most 1s, not '1001ms'
            f:9:18: 'size' is at most 1GiB, not '2GiB'
            f:9:31: 'count' is at most 64, not '65'
            """),
        WrongConfiguration(
            "seconds in pieces",
            """
            captures:
              web: { interface: eth0, rotate: { every: 1500ms }, keep: { age: 2001ms } }
            """,
            """
            f:2:44: 'every' is a whole number of seconds, not '1500ms'
            f:2:67: 'age' is a whole number of seconds, not '2001ms'
            """),
    ]
}
