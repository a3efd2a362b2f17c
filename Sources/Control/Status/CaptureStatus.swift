/// A capture of the configuration.
package struct CaptureStatus: Codable, Equatable, Sendable {
    package var name: String
    package var state: CaptureState
    /// The configured interface or pattern.
    package var interface: String
    /// The name of the filter; nil if the capture keeps every packet.
    package var filter: String?
    package var storage: StorageStatus
    /// The state on each interface, by name, including interfaces that no longer exist.
    package var interfaces: [SourceStatus]
    /// The gaps in the capture and the time of its last loss; nil if the daemon predates this field.
    package var coverage: CoverageStatus?

    package init(
        name: String, state: CaptureState, interface: String, filter: String?, storage: StorageStatus,
        interfaces: [SourceStatus]
    ) {
        (self.name, self.state, self.interface, self.filter) = (name, state, interface, filter)
        (self.storage, self.interfaces) = (storage, interfaces)
    }

    /// The size of the sealed and open segments, in bytes.
    package var diskUsed: Int64 { storage.bytes + interfaces.flatMap(\.openSegments).map(\.bytes).reduce(0, +) }
}

/// The state of a capture. For several interfaces, it is the worst of their states.
package enum CaptureState: String, Codable, Sendable, CaseIterable {
    case capturing
    /// No matching interface exists and is up.
    case waiting
    /// The disk refuses packets. The capture resumes by itself.
    case suspended
    /// The kernel refuses the capture's filter on the interface.
    case refused
    /// The interface is gone, or the capture no longer uses it. The counters are final.
    case ended
}
