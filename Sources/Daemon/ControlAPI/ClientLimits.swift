import Linux

/// The limits for clients.
enum ClientLimits {
    /// Longest time in seconds until a request is complete, and between two requests of a connection.
    static let idle: Int64 = 10
    /// Bytes of all headers of a request.
    static let header = 8 << 10
    /// Bytes of a request's body. No request uses its body.
    static let body = 4 << 10
    /// Most sockets.
    static let sockets = 2
    /// Connections per socket; fewer if the limit of descriptors is low, because captures need theirs.
    static let connections = max(4, min(64, Int(Descriptor.limit) / 16))
}
