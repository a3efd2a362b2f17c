extension WrongConfiguration {
    /// What YAML itself forbids, with help for what surprises.
    static let yaml = [
        WrongConfiguration(
            "a star without quotes",
            """
            captures:
              web:
                interface: *
            """,
            """
            f:3:17: not valid YAML: while scanning an alias (line 3) did not find expected alphabetic or \
            numeric character (a pattern that starts with '*' needs quotes: "*")
            """),
        WrongConfiguration(
            "a star and letters without quotes",
            """
            captures:
              web:
                interface: *eth
            """,
            """
            f:3:16: not valid YAML: found undefined alias (a pattern that starts with '*' needs quotes: "*")
            """),
        WrongConfiguration(
            "an at without quotes",
            """
            filters:
              odd: @dns or @web
            """,
            """
            f:2:8: not valid YAML: while scanning for the next token (line 2) found character that cannot \
            start any token (an expression that starts with '@' needs quotes)
            """),
        WrongConfiguration(
            "a tab",
            #"""
            captures:
            \#tweb: {}
            """#,
            """
            f:2:1: not valid YAML: while scanning for the next token (line 2) found character that cannot \
            start any token (indent with spaces, not with tabs)
            """),
        WrongConfiguration(
            "a bracket left open",
            """
            captures: { web: { interface: eth0 }
            """,
            """
            f:2:1: not valid YAML: while parsing a flow mapping (line 1) did not find expected ',' or '}'
            """),
        WrongConfiguration(
            "two documents",
            """
            captures: {}
            ---
            captures: {}
            """,
            """
            f:2:1: not valid YAML: expected a single document in the stream (line 1) but found another document
            """),
        WrongConfiguration(
            "a control character",
            #"""
            captures:
              w\#u{1}b: {}
            """#,
            """
            f:2:4: not valid YAML: control characters are not allowed
            """),
        WrongConfiguration(
            "a duplicate key",
            """
            captures:
              web:
                interface: eth0
                flush: 1s
                interface: eth1
            """,
            """
            f:3:5: duplicate key 'interface' (the first one is here)
            f:5:5: duplicate key 'interface' (again here)
            """),
    ]
}
