import Glibc

/// How much the tests that try random programs try: 2,000 of them, or HOLDFAST_PROGRAMS for a long run.
enum TestScale {
    static let programs = variable("HOLDFAST_PROGRAMS").flatMap { Int($0) } ?? 2000

    static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
