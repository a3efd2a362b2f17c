import Glibc

/// The number of random programs per test: 2,000, or HOLDFAST_PROGRAMS for a long run.
///
/// A test that combines several programs divides the number accordingly.
enum TestScale {
    static let programs = variable("HOLDFAST_PROGRAMS").flatMap { Int($0) } ?? 2000

    static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
