/// A list as a kernel program contains it: segments of the address space, as many as fit.
struct KernelList {
    enum Segments {
        case ipv4([Coarsening<UInt32>.Segment])
        case ipv6([Coarsening<UInt128>.Segment])
    }

    private enum Coarse {
        case ipv4(Coarsening<UInt32>)
        case ipv6(Coarsening<UInt128>)
    }

    let table: AddressTable
    private let coarse: Coarse

    init(_ use: ListUse) {
        table = use.table
        switch use.table.family {
        case .ipv4: coarse = .ipv4(Coarsening(use.table, isNegated: use.isNegated))
        case .ipv6: coarse = .ipv6(Coarsening(use.table, isNegated: use.isNegated))
        }
    }

    var rangeCount: Int { table.rangeCount }

    func segments(limit: Int) -> Segments {
        switch coarse {
        case .ipv4(let coarse): .ipv4(coarse.segments(limit: limit))
        case .ipv6(let coarse): .ipv6(coarse.segments(limit: limit))
        }
    }
}
