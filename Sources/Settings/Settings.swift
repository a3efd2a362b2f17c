// Settings: from a YAML file to valid settings, or to all errors in it.
//
// Reading takes four steps. `YAMLComposer` builds a tree in which every node has a position. A `Table` looks up the
// values of a map by key, and a `ValueParser` parses the text of a value. `SettingsReader` is the list of keys, in the
// order and the shape of the file. `FilterComposer` replaces each `@name` by the filter of that name.
//
// No step stops at an error. It records the error with its position in the `ConfigurationParser`, continues with a
// default value, and so reports all errors at once. Only a configuration without errors becomes `Settings`.

package import Capture
package import Linux
import Pcap
import Segments

/// The settings in a configuration file, with all defaults filled in.
package struct Settings: Equatable, Sendable {
    /// In the order of the file.
    package var captures: [Capture]
    /// The named filters, used or not, in the order of the file.
    package var filters: [ComposedFilter]
    /// The free-space reserve of every file system, in bytes.
    package var freeSpace: Int64
    /// The ring of each tap.
    package var ring: RingGeometry
    /// The processors that threads run on.
    package var processors: Processors
    package var control: ControlSettings
    /// Nil if metrics are not served over TCP.
    package var metrics: MetricsSettings?
    /// The parent directory of captures without a directory of their own.
    package var directory = Defaults.directory
    /// The user that the daemon changes to if it is started as root; nil for the service's user, if that exists.
    package var user: User?
    /// Paths of the files that the configuration names: programs, lists of hosts, included files and their patterns.
    package var files: [String] = []
    /// Whether the sandbox denies the daemon access to the rest of the file system.
    package var sandbox = Defaults.sandbox
    /// The form of the log.
    package var log = LogForm.auto
    /// Diagnostics about valid, but probably unintended settings, in the order of the file.
    package internal(set) var warnings: [Diagnostic] = []

    package init(
        captures: [Capture], filters: [ComposedFilter] = [], freeSpace: Int64,
        ring: RingGeometry, processors: Processors = Processors(), control: ControlSettings = .standard,
        metrics: MetricsSettings? = nil
    ) {
        self.freeSpace = freeSpace
        (self.captures, self.filters, self.ring, self.processors) = (captures, filters, ring, processors)
        (self.control, self.metrics) = (control, metrics)
    }

    /// An entry of `captures:`.
    package struct Capture: Equatable, Sendable {
        /// How the capture stores packets. Its buffers come from `buffers:`, which all captures share.
        package var rule: CaptureRule
        package var interface: InterfaceSelection
        /// Nil if the capture keeps every packet.
        package var filter: ComposedFilter?
        package var promiscuous: Bool
        package var direction: Direction
        /// The position of the `interface` value, for errors that only a running system can detect.
        package var position: Position

        package init(
            rule: CaptureRule, interface: InterfaceSelection, filter: ComposedFilter?, promiscuous: Bool,
            direction: Direction, position: Position
        ) {
            (self.rule, self.interface, self.filter) = (rule, interface, filter)
            (self.promiscuous, self.direction, self.position) = (promiscuous, direction, position)
        }
    }

    /// Reads and checks a file. Makes its directories absolute, since other programs that use them may run in another
    /// directory.
    package static func load(_ path: String) throws(ConfigurationError) -> Settings {
        var settings = try parse(try ConfigurationFile.text(path), file: path)
        settings.directory = Places.absolute(settings.directory)
        for index in settings.captures.indices {
            settings.captures[index].rule.directory = Places.absolute(settings.captures[index].rule.directory)
        }
        return settings
    }

    /// Reads and checks a text; `file` is the file's name in diagnostics.
    package static func parse(_ text: String, file: String) throws(ConfigurationError) -> Settings {
        let draft = ConfigurationParser(text, file: file)
        var settings = draft.root()?.table { SettingsReader.settings($0, draft) }
        try draft.conclude()
        settings?.files = draft.files
        settings?.warnings = draft.inOrder(draft.warnings)
        return settings ?? Settings(captures: [], freeSpace: 0, ring: Defaults.ring)
    }
}

/// The values of absent keys.
enum Defaults {
    static let directory = "/var/lib/holdfast"
    static let freeSpace = 1 << 30
    static let sandbox = true
    static let snapLength = 262_144
    static let promiscuous = false
    static let direction = Direction.both
    static let format = FileFormat.pcap
    static let compression = Compression.none
    static let precision = Precision.nano
    static let rotation = Rotation(size: 256 << 20, every: 3600)
    static let retention = RetentionRule.everything
    static let sync = Sync.segment
    /// Milliseconds.
    static let flush = 1000
    static let ring = RingGeometry(size: 64 << 20, block: 1 << 20, timeout: 60)
    static let buffers = BufferGeometry(size: 4 << 20, count: 2)
}
