// Fuzz: libFuzzer invents inputs from the paths that earlier ones took, and tries a target of FuzzTargets on them.
//
// `HOLDFAST_FUZZ=TARGET Fuzz [libFuzzer's arguments] CORPUS`. CORPUS is a folder for the inputs that led to new paths; the
// target's seeds go there first. An input that traps is written to a file; with that file in place of CORPUS it is tried again.
// The program's `main` is libFuzzer's, which calls the two functions here.

import Foundation
import FuzzTargets

/// Called by libFuzzer with the program's arguments, before all else.
@c(LLVMFuzzerInitialize)
public func prepare(
    _ count: UnsafeMutablePointer<CInt>?,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>?
) -> CInt {
    target.writeSeeds(to: CommandLine.arguments[CommandLine.arguments.count - 1])
    return 0
}

/// Called by libFuzzer with each input.
@c(LLVMFuzzerTestOneInput)
public func tryInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(unsafe UnsafeRawBufferPointer(start: bytes, count: count).bytes)
    return 0
}

/// What HOLDFAST_FUZZ names.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["HOLDFAST_FUZZ"]
    if let target = FuzzTarget.all.first(where: { $0.name == name }) { return target }
    print("HOLDFAST_FUZZ must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    exit(64)
}()

extension FuzzTarget {
    /// Writes the seeds to a folder; an input in its place stays as it is.
    fileprivate func writeSeeds(to folder: String) {
        for (number, seed) in seeds.enumerated() {
            try? Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
        }
    }
}
