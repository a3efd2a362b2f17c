/// The counters of a tap (I2): `received = drained + ringDropped + in flight`.
public enum TapCounter: Int, Counter {
    case received, drained, ringDropped, ringFreezes

    @inlinable public var row: CounterRow {
        switch self {
        case .received: CounterRow(.input, "Packets that the kernel's filter accepted, including those dropped later.")
        case .drained: CounterRow(.output, "Packets taken from the ring.")
        case .ringDropped: CounterRow(.loss, "Packets dropped because the ring was full.")
        case .ringFreezes: CounterRow(.note, "How often the kernel found the ring full.", unit: .events)
        }
    }
}

public typealias TapCounts = Counts<TapCounter>
