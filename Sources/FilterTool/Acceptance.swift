package import BPF
import Linux

/// Whether the kernel would accept a program, by the kernel's own rules. Does not call the kernel.
package struct Acceptance: Equatable, Sendable {
    /// Why the kernel would refuse the program; nil if it would not.
    package let refusal: VerifierError?
    /// The program is valid, but the kernel can refuse it because of its memory limit.
    package let warning: KernelTranslation.Warning?

    /// `limit` is net.core.optmem_max, in bytes.
    package init(of program: Program, limit: Int = Acceptance.memoryLimit) {
        do {
            warning = KernelTranslation(of: try VerifiedProgram(program)).warning(limit: limit)
            refusal = nil
        } catch {
            (refusal, warning) = (error, nil)
        }
    }

    /// net.core.optmem_max of the running kernel, in bytes, or the default of recent kernels if it cannot be read.
    package static var memoryLimit: Int {
        guard var file = try? InputFile("/proc/sys/net/core/optmem_max"), let bytes = try? file.read(upTo: 32) else {
            return 131_072
        }
        let digits = bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 131_072
    }
}
