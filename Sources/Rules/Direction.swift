/// Which packets a tap wants: those that the host receives, those that it sends, or both.
package enum Direction: String, CaseIterable, Sendable {
    case `in`, out, both
}
