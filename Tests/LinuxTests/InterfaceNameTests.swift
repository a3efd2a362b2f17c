import Linux
import Testing

/// Interface names as bytes of the kernel and as text.
struct InterfaceNameTests {
    @Test(
        "A readable name is written unchanged",
        arguments: [
            "eth0", "br-1a2b3c", "$(id)", "<b>", "[z]", "a,b", "~", "sp\"q", "at@x", "dot.name.1", "büro", "网络",
        ])
    func readable(name: String) {
        #expect(InterfaceName.text(of: Array(name.utf8)) == name)
        #expect(InterfaceName.bytes(of: name) == Array(name.utf8))
    }

    @Test(
        "Control characters and second spellings are written in bytes",
        arguments: [
            ([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x52], "\\x1b[31mR"), ([0x61, 0xff], "a\\xff"), ([0x7f], "\\x7f"),
            ([0x5c, 0x78, 0x31, 0x62], "\\x5cx1b"), ([0x65, 0xcc, 0x81], "e\\xcc\\x81"), ([0xc3, 0xa9], "é"),
            ([0xe2, 0x80, 0xae, 0x61], "\\xe2\\x80\\xaea"), ([0xc2, 0x9b], "\\xc2\\x9b"),
            // ANGSTROM SIGN, which equals a letter, and a part of a Hangul syllable.
            ([0xe2, 0x84, 0xab], "\\xe2\\x84\\xab"), ([0xe1, 0x84, 0x80], "\\xe1\\x84\\x80"),
        ] as [([UInt8], String)])
    func escaped(bytes: [UInt8], text: String) {
        #expect(Array(InterfaceName.text(of: bytes).utf8) == Array(text.utf8))
        #expect(InterfaceName.bytes(of: text) == bytes)
    }

    @Test("Different names have different printable texts, and each text gives its name back")
    func unique() {
        var names: Set<[UInt8]> = []
        let parts: [[UInt8]] = [
            [0x65], [0xcc, 0x81], [0xc3, 0xa9], [0xff], [0xfe], [0x1b], [0x5c], [0x78], [0x66], [0xe2, 0x84, 0xab],
            [0xc3, 0x85], [0xe1, 0x84, 0x80], [0xe1, 0x85, 0xa1], [0xea, 0xb0, 0x80],
        ]
        for a in parts { for b in parts { for c in parts { names.insert(a + b + c) } } }
        var texts: Set<String> = []
        for name in names {
            let text = InterfaceName.text(of: name)
            texts.insert(text)
            #expect(InterfaceName.bytes(of: text) == name)
            #expect(text == text.printable())
        }
        #expect(texts.count == names.count)
        #expect(InterfaceName.text(of: Array(repeating: 0xff, count: 15)).utf8.count == InterfaceName.maximumLength)
    }

    @Test("Text for a terminal has no control characters")
    func terminal() {
        #expect("a\u{1b}[2J\nb\u{9b}é\u{202e}".printable() == "a\\x1b[2J\\x0ab\\xc2\\x9bé\\xe2\\x80\\xae")
        #expect("a\tb\r\n".printable(keeping: ["\n", "\t"]) == "a\tb\\x0d\n")
    }
}
