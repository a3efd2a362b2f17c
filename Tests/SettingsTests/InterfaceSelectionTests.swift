import Linux
import Settings
import Testing

struct InterfaceSelectionTests {
    private func interface(_ name: String, _ alternatives: String...) -> Interface {
        var interface = Interface(index: 7, name: name, hardwareType: 1, isUp: true)
        interface.alternativeNames = alternatives
        return interface
    }

    private func selection(_ text: String) throws -> InterfaceSelection {
        try #require(settings("captures: { a: { \(text) } }").captures.first?.interface)
    }

    @Test("A selection may list names and patterns") func list() throws {
        let selection = try selection("interface: [eth0, 'wl*']")
        #expect(["eth0", "wlan3"].allSatisfy { selection.matches(interface($0)) })
        #expect(["eth1", "lo"].allSatisfy { !selection.matches(interface($0)) })
        #expect(selection.text == "eth0, wl*")
    }

    @Test("'except' removes interfaces from a selection", arguments: ["[lo, 'veth*']", "lo"])
    func exceptions(_ except: String) throws {
        let selection = try selection("interface: '*', except: \(except)")
        #expect(selection.matches(interface("eth0")) && !selection.matches(interface("lo")))
        #expect(selection.matches(interface("veth1")) == (except == "lo"))
    }

    @Test("A name matches an alternative name, a pattern only the primary name") func alternativeNames() throws {
        let name = "a-name-of-more-than-fifteen-letters"
        let eth0 = interface("eth0", "enp3s0", name)
        #expect(try selection("interface: enp3s0").matches(eth0))
        #expect(try selection("interface: \(name)").matches(eth0))
        #expect(try !selection("interface: 'enp*'").matches(eth0))
        #expect(try !selection("interface: '*', except: enp3s0").matches(eth0))
    }
}
