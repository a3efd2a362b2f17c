// Fuzz: inputs that nobody would write, invented by libFuzzer from the paths that earlier ones took.
//
// A target takes any bytes and must neither crash nor find two answers where there should be one. The first argument names
// the target, the rest is libFuzzer's: `Fuzz capture -max_total_time=60 CORPUS`.

import CFuzzer
import Glibc

@main
struct Fuzz {
    /// By name: what is run on every input. A closure for C, so it captures nothing.
    static let targets: [String: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt] = unsafe [
        "capture": { bytes, count in
            unsafe readCapture(RawSpan(_unsafeStart: UnsafeRawPointer(bytes ?? noBytes), byteCount: count))
            return 0
        }
    ]

    static func main() {
        guard let name = CommandLine.arguments.dropFirst().first, let target = unsafe targets[name] else {
            print("usage: Fuzz \(unsafe targets.keys.sorted().joined(separator: "|")) [libFuzzer's arguments]")
            exit(64)
        }
        var arguments = unsafe ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { unsafe strdup($0) }
        exit(unsafe fuzzer_run(CInt(arguments.count), &arguments, target))
    }
}

/// Stands for the address of an empty input, which libFuzzer gives as null.
nonisolated(unsafe) private let noBytes = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))
