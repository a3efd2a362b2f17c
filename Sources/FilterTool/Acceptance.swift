public import BPF
import Linux

/// Whether the kernel would take a program, by its own rules, without asking it.
public struct Acceptance: Equatable, Sendable {
    /// Why it would refuse; nil when it would not.
    public let refusal: VerifierError?
    /// It follows the rules, and may yet be refused, for want of memory.
    public let warning: KernelTranslation.Warning?

    /// `limit` is net.core.optmem_max.
    public init(of program: Program, limit: Int = Acceptance.memoryLimit) {
        do {
            warning = KernelTranslation(of: try VerifiedProgram(program)).warning(limit: limit)
            refusal = nil
        } catch {
            (refusal, warning) = (error, nil)
        }
    }

    /// net.core.optmem_max of the running kernel; what recent ones have where it cannot be read.
    public static var memoryLimit: Int {
        guard var file = try? InputFile("/proc/sys/net/core/optmem_max"), let bytes = try? file.read(upTo: 32) else {
            return 131_072
        }
        let digits = bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 131_072
    }
}
