/// The daemon's answer to an orchestrator: whether it is alive (`/healthz`), or whether it captures (`/readyz`).
package struct Health: Codable, Equatable, Sendable {
    package enum Verdict: String, Codable, Sendable { case ok, failing }

    package var status: Verdict
    /// What is wrong, in sentences; empty if all is well.
    package var reasons: [String]

    /// All is well if there is no reason to the contrary.
    package init(reasons: [String]) { (status, self.reasons) = (reasons.isEmpty ? .ok : .failing, reasons) }
}
