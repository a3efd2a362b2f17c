// Settings: from a YAML file to values that are right, or to every mistake in it.
//
// A file becomes settings in four steps. `YAMLComposer` makes a tree of it in which every node knows its position. A
// `Table` hands out the values of one map by key; a `ValueParser` says how a value's text is read. `SettingsReader` is the list of
// keys, written in the order and the shape of the file, and `FilterComposer` replaces each `@name` by the filter it names.
// None of them stops at a mistake: it goes into the `ConfigurationParser` with its position, a default takes the place of the value, and
// reading goes on, so that an operator sees all mistakes at once. Only a draft without mistakes becomes `Settings`.

public import Capture
public import Linux
import Pcap
import Segments

/// What a configuration file says, with every default filled in.
public struct Settings: Equatable, Sendable {
    /// In the order of the file.
    public var captures: [Capture]
    /// All that have a name, used or not, in the order of the file.
    public var filters: [ComposedFilter]
    /// Bytes that are left alone on every file system.
    public var freeSpace: Int64
    /// The ring of each tap.
    public var ring: RingGeometry
    /// Where threads run.
    public var processors: Processors
    public var control: ControlSettings
    /// Nil: metrics are not served over TCP.
    public var metrics: MetricsSettings?
    /// Below which captures go that name no directory of their own.
    public var directory = Defaults.directory
    /// Who the daemon becomes when it is started as root; nil: the user of the service, where there is one.
    public var user: User?
    /// Paths of the files that filters name: programs, and lists of hosts.
    public var files: [String] = []
    /// Whether the daemon puts the rest of the file system out of its reach.
    public var sandbox = Defaults.sandbox
    /// What is allowed, and probably not meant, in the order of the file.
    public internal(set) var warnings: [Diagnostic] = []

    public init(
        captures: [Capture], filters: [ComposedFilter] = [], freeSpace: Int64,
        ring: RingGeometry, processors: Processors = Processors(), control: ControlSettings = .standard,
        metrics: MetricsSettings? = nil
    ) {
        self.freeSpace = freeSpace
        (self.captures, self.filters, self.ring, self.processors) = (captures, filters, ring, processors)
        (self.control, self.metrics) = (control, metrics)
    }

    /// One entry under `captures:`.
    public struct Capture: Equatable, Sendable {
        /// What happens to the packets it keeps; its buffers come from `buffers:`, which all captures share.
        public var rule: CaptureRule
        public var interface: InterfaceSelection
        /// Nil: every packet.
        public var filter: ComposedFilter?
        public var promiscuous: Bool
        public var direction: Direction
        /// Where its `interface` value stands, for complaints that only a running system can make.
        public var position: Position

        public init(
            rule: CaptureRule, interface: InterfaceSelection, filter: ComposedFilter?, promiscuous: Bool,
            direction: Direction, position: Position
        ) {
            (self.rule, self.interface, self.filter) = (rule, interface, filter)
            (self.promiscuous, self.direction, self.position) = (promiscuous, direction, position)
        }
    }

    /// Reads and checks a file. Its directories become absolute: whoever hears of them later may work in another one.
    public static func load(_ path: String) throws(ConfigurationError) -> Settings {
        var settings = try parse(try ConfigurationFile.text(path), file: path)
        settings.directory = Places.absolute(settings.directory)
        for index in settings.captures.indices {
            settings.captures[index].rule.directory = Places.absolute(settings.captures[index].rule.directory)
        }
        return settings
    }

    /// Reads and checks a text; `file` is what the mistakes call it.
    public static func parse(_ text: String, file: String) throws(ConfigurationError) -> Settings {
        let draft = ConfigurationParser(text, file: file)
        var settings = draft.root()?.table { SettingsReader.settings($0, draft) }
        try draft.conclude()
        settings?.files = draft.files
        settings?.warnings = draft.inOrder(draft.warnings)
        return settings ?? Settings(captures: [], freeSpace: 0, ring: Defaults.ring)
    }
}

/// What a key that is absent stands for.
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
