package import Counters

/// A tap, with the counters of its balance (I2) since it was opened.
package typealias TapStatus = CountedStatus<TapFields>

package struct TapFields: StatusFields {
    /// The index of the tap among those that share the interface's packets by flow.
    package var worker: Int
    /// The captures that the tap serves.
    package var captures: [String]
    package var ringBytes: Int
    /// What the kernel filter accepts in excess of the captures' filters, because host lists are too long for it. For
    /// example, `superset, 10,000 addresses in 900 networks`; nil if the filter is exact.
    package var kernelFilter: String?

    package init(worker: Int, captures: [String], ringBytes: Int, kernelFilter: String? = nil) {
        (self.worker, self.captures) = (worker, captures)
        (self.ringBytes, self.kernelFilter) = (ringBytes, kernelFilter)
    }

    package static func includes(_ counter: TapCounter) -> Bool { counter.row.role != .note }
}
