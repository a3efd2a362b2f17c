import Glibc

/// How many random programs a test tries: 2,000, or HOLDFAST_PROGRAMS for a long run. One that puts several together makes as
/// many fewer of these.
enum TestScale {
    static let programs = variable("HOLDFAST_PROGRAMS").flatMap { Int($0) } ?? 2000

    static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
