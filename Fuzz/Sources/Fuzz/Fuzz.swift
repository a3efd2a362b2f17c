// Fuzz: libFuzzer invents inputs from the paths that earlier ones took, and tries a target of FuzzTargets on them.
//
// `Fuzz TARGET CORPUS [libFuzzer's arguments]`. CORPUS is the folder of inputs that led to new paths; the target's seeds go there
// first. An input that traps is written to a file, and `Fuzz TARGET CORPUS FILE` tries it again.

import CFuzzer
import Foundation
import FuzzTargets

@main
struct Fuzz {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2, let target = FuzzTarget.all.first(where: { $0.name == arguments[1] }) else {
            print("usage: Fuzz \(FuzzTarget.all.map(\.name).joined(separator: "|")) CORPUS [libFuzzer's arguments]")
            exit(64)
        }
        try target.writeSeeds(to: arguments[2])
        unsafe chosen = target
        var words = unsafe ([arguments[0]] + arguments.dropFirst(3) + [arguments[2]]).map { unsafe strdup($0) }
        exit(
            unsafe fuzzer_run(CInt(words.count), &words) { bytes, count in
                let start = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
                unsafe chosen?.run(start.bytes)
                return 0
            })
    }
}

/// What is fuzzed: a function for C has no other way to know. Written before libFuzzer starts.
nonisolated(unsafe) private var chosen: FuzzTarget?

extension FuzzTarget {
    fileprivate func writeSeeds(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (number, seed) in seeds.enumerated() {
            try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
        }
    }
}
