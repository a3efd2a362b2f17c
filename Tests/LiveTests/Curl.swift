import Traffic

/// What a server answered.
struct HTTPAnswer {
    var status: Int
    var type: String
    var body: String
}

/// curl(1), which speaks HTTP as everybody's clients do.
enum Curl {
    /// Asks over a Unix socket, or where `place` is an address, over TCP.
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
