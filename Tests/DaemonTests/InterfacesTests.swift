import Capture
import Linux
import Logging
import Settings
import SystemPackage
import Testing

@testable import Daemon

/// What changes of interfaces require of taps, event by event.
@Suite struct InterfacesTests {
    private static func settings(_ interfaces: [String: String]) throws -> [Settings.Capture] {
        let captures = interfaces.sorted { $0.key < $1.key }.map { "  \($0.key): { interface: \"\($0.value)\" }" }
        return try Settings.parse("captures:\n" + captures.joined(separator: "\n"), file: "test.yaml").captures
    }

    private let eth0 = Interface(index: 2, name: "eth0", hardwareType: 1, isUp: true)
    private var downEth0: Interface { Interface(index: 2, name: "eth0", hardwareType: 1, isUp: false) }

    /// The subjects of the notices among the effects.
    private func events(_ effects: [Interfaces.Effect]) -> [String?] {
        effects.compactMap { if case .say(let notice) = $0 { .some(notice.event) } else { nil } }
    }

    private func others(_ effects: [Interfaces.Effect]) -> [Interfaces.Effect] {
        effects.filter { if case .say = $0 { false } else { true } }
    }

    @Test("An interface that comes up opens taps once, and waiting for one is reported once")
    func appearing() throws {
        var interfaces = Interfaces(for: try Self.settings(["a": "eth0"]))
        #expect(events(interfaces.tellWaiting()) == ["waiting"])
        #expect(interfaces.present(downEth0, tapped: nil) == [])
        #expect(interfaces.present(eth0, tapped: nil) == [.open(2)])
        #expect(interfaces.present(eth0, tapped: eth0) == [])
        #expect(events(interfaces.present(downEth0, tapped: eth0)) == ["waiting"])
        #expect(interfaces[2]?.isUp == false)
    }

    @Test("A new name or another kind of frames closes the taps and opens others")
    func changing() throws {
        var interfaces = Interfaces(for: try Self.settings(["a": "eth*"]))
        _ = interfaces.present(eth0, tapped: nil)
        var renamed = eth0
        renamed.name = "eth7"
        let effects = interfaces.present(renamed, tapped: eth0)
        #expect(others(effects) == [.close(2), .open(2)])
        #expect(events(effects) == ["gone"])
        var other = renamed
        other.hardwareType = 65534
        #expect(others(interfaces.present(other, tapped: renamed)) == [.close(2), .open(2)])
    }

    @Test("A removed interface closes its taps, and its captures wait again")
    func disappearing() throws {
        var interfaces = Interfaces(for: try Self.settings(["a": "eth0"]))
        _ = interfaces.present(eth0, tapped: nil)
        let effects = interfaces.removed(2, tapped: eth0)
        #expect(others(effects) == [.close(2)])
        #expect(events(effects) == ["gone", "waiting"])
        #expect(interfaces.removed(2, tapped: nil) == [])
        #expect(interfaces[2] == nil)
    }

    @Test("A failure is retried after 1, 2, 4 … 60 seconds, and after 1 second again once it has succeeded")
    func retrying() throws {
        var interfaces = Interfaces(for: try Self.settings(["a": "eth0"]))
        _ = interfaces.present(eth0, tapped: nil)
        let error = TapError.system(SystemError("open", "a packet socket on eth0", .noMemory))
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(others(interfaces.failed(2, error)) == [.retry(2, after: pause)])
            // Further failures wait for the same retry.
            #expect(others(interfaces.failed(2, error)) == [])
            #expect(interfaces.retry(2) == [.open(2)])
        }
        #expect(interfaces.opened(2, refused: []) == [])
        #expect(others(interfaces.failed(2, error)) == [.retry(2, after: 1)])
        _ = interfaces.present(downEth0, tapped: nil)
        #expect(interfaces.retry(2) == [], "an interface that is down is waited for instead")
    }

    @Test("A capture that cannot run on an interface is refused until the interface or the configuration changes")
    func refusals() throws {
        let captures = try Self.settings(["a": "eth0", "b": "eth0"])
        var interfaces = Interfaces(for: captures)
        _ = interfaces.present(eth0, tapped: nil)
        let effects = interfaces.opened(2, refused: [(capture: "b", reason: "the kernel refuses the filter")])
        #expect(events(effects) == ["refused"])
        #expect(interfaces.refused(on: 2) == ["b"])
        #expect(interfaces.refusals.map(\.capture) == ["b"])
        #expect(interfaces.reloaded(captures) == [])
        #expect(interfaces.refused(on: 2) == [])
        _ = interfaces.opened(2, refused: [(capture: "b", reason: "the kernel refuses the filter")])
        _ = interfaces.present(downEth0, tapped: eth0)
        #expect(interfaces.refused(on: 2) == [])
    }

    @Test("An interface with unsupported frames is reported and not opened")
    func unknownFrames() throws {
        var interfaces = Interfaces(for: try Self.settings(["a": "*"]))
        let strange = Interface(index: 9, name: "can0", hardwareType: 280, isUp: true)
        let effects = interfaces.present(strange, tapped: nil)
        #expect(others(effects) == [])
        #expect(events(effects) == ["failed"])
    }
}
