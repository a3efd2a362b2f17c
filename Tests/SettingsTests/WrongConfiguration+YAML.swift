extension WrongConfiguration {
    /// Invalid YAML, with hints where its rules surprise.
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
        WrongConfiguration(
            "duplicate keys on one line",
            """
            captures: { "web": { interface: eth0 }, dns: {}, web: {}, dns: {}, 'web': {} }
            """,
            """
            f:1:13: duplicate key 'web' (the first one is here)
            f:1:41: duplicate key 'dns' (the first one is here)
            f:1:50: duplicate key 'web' (again here)
            f:1:59: duplicate key 'dns' (again here)
            f:1:68: duplicate key 'web' (again here)
            """),
        WrongConfiguration(
            "an alias inside its own anchor",
            """
            captures: &all
              web: *all
            """,
            """
            f:2:8: not valid YAML: found undefined alias (a pattern that starts with '*' needs quotes: "*")
            """),
        WrongConfiguration(
            "more levels than a file may have",
            String(repeating: "[", count: 100_000),
            """
            f:1:101: lists and maps must nest at most 100 levels deep
            """),
        WrongConfiguration(
            "more levels than a file may have, behind aliases",
            "- &a0 []\n" + (1...200).map { "- &a\($0) [*a\($0 - 1)]\n" }.joined(),
            """
            f:100:9: lists and maps must nest at most 100 levels deep
            """),
        WrongConfiguration(
            "as many levels as a file may have",
            String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
            """
            f:1:1: the file must be a map of keys such as 'captures:', got a list or a single value
            """),
        WrongConfiguration(
            "a character of four bytes before an error",
            """
            captures: { "\u{1F980}": {}, web: @ }
            """,
            """
            f:1:27: not valid YAML: while scanning for the next token (line 1) found character that cannot start any \
            token (an expression that starts with '@' needs quotes)
            """),
        WrongConfiguration(
            "a text that is tagged as one",
            """
            captures: { web: { interface: ! 'eth/0' }, dns: { interface: !!str eth/1 }, all: { interface: !!int 7 } }
            """,
            """
            f:1:31: 'eth/0' cannot name an interface (a name contains no blank, '/' or ':')
            f:1:62: 'eth/1' cannot name an interface (a name contains no blank, '/' or ':')
            f:1:95: 'interface' must be the name of an interface, or a pattern such as 'eth*', got a value tagged \
            tag:yaml.org,2002:int
            """),
    ]
}
