/// The semantics of a program where Linux and libpcap's BSD-derived machine differ.
///
/// | | Linux | libpcap |
/// |---|---|---|
/// | `[x+k]` where the sum exceeds 2^32 - 1 | sum modulo 2^32 | drops the packet |
/// | offsets of 2^31 and above | count from a header, or select an extension | drop the packet |
/// | `lsh x`, `rsh x` by 32 or more | shift by the count modulo 32 | result is 0 |
/// | load of M[k] before a store | rejected by the verifier | reads 0 |
public enum Dialect: Equatable, Hashable, Sendable {
    case linux, libpcap
}
