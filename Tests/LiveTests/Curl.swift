import Traffic

/// An answer of a server.
struct HTTPAnswer {
    var status: Int
    var type: String
    var body: String
}

/// curl(1), as an independent HTTP client.
enum Curl {
    /// Sends a request over a Unix socket, or over TCP if `place` is an address.
    static func ask(_ place: String, _ method: String = "GET", _ path: String, _ more: String...) throws -> HTTPAnswer {
        let isSocket = place.hasPrefix("/")
        let url = "http://\(isSocket ? "localhost" : place)\(path)"
        let socket = isSocket ? ["--unix-socket", place] : []
        let format = "\n%{http_code} %{content_type}"
        let output = try Command.check(
            "curl", ["-s", "--max-time", "20", "-X", method, "-w", format] + socket + more + [url])
        let end = output.lastIndex(of: "\n") ?? output.startIndex
        let words = output[end...].dropFirst().split(separator: " ", maxSplits: 1)
        return HTTPAnswer(
            status: words.first.flatMap { Int($0) } ?? 0, type: words.dropFirst().joined(), body: String(output[..<end])
        )
    }
}
