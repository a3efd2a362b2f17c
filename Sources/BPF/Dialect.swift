/// Whose reading of the machine is meant. Linux and the BSD machine that libpcap carries agree on nearly everything.
///
/// | | Linux | libpcap |
/// |---|---|---|
/// | `[x+k]`, the sum over 2^32 | taken modulo 2^32 | drops the packet |
/// | offsets of 2^31 and more | count from the headers, or name extensions | drop the packet |
/// | `lsh x`, `rsh x` by 32 and more | by the count modulo 32 | give 0 |
/// | M[k] before it is stored | refused by the verifier | is 0 |
public enum Dialect: Equatable, Hashable, Sendable {
    case linux, libpcap
}
