// Fuzz: runs a target of FuzzTargets under libFuzzer, which derives inputs from the code coverage of earlier ones.
//
// Usage: `HOLDFAST_FUZZ=TARGET Fuzz [libFuzzer's arguments] CORPUS`. CORPUS is a directory for the inputs that
// reached new code; the target's seeds are written there first. An input that traps is saved to a file; pass that
// file in place of CORPUS to reproduce the crash. `main` belongs to libFuzzer and calls the two functions below.

import Foundation
import FuzzTargets

/// Initializes the fuzzer. libFuzzer calls it first, with the program's arguments.
@c(LLVMFuzzerInitialize)
public func prepare(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>?
) -> CInt {
    target.writeSeeds(to: CommandLine.arguments[CommandLine.arguments.count - 1])
    return 0
}

/// Runs the target on one input. libFuzzer calls it for each input.
@c(LLVMFuzzerTestOneInput)
public func tryInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(unsafe UnsafeRawBufferPointer(start: bytes, count: count).bytes)
    return 0
}

/// The target selected by HOLDFAST_FUZZ.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["HOLDFAST_FUZZ"]
    if let target = FuzzTarget.all.first(where: { $0.name == name }) { return target }
    print("HOLDFAST_FUZZ must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    exit(64)
}()

extension FuzzTarget {
    /// Writes the seeds to a directory. Has no effect if `folder` is an input file instead.
    fileprivate func writeSeeds(to folder: String) {
        for (number, seed) in seeds.enumerated() {
            try? Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
        }
    }
}
