/// Which packets a tap wants: those the host receives, those it sends, or both.
public enum Direction: String, CaseIterable, Sendable {
    case `in`, out, both
}
