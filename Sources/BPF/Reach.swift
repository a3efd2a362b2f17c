extension VerifiedProgram {
    /// The number of leading bytes of a packet that determine the verdict; nil if there is no fixed limit.
    ///
    /// The verdict on a packet cut shorter than this may differ from that on the whole packet.
    public var reach: UInt32? {
        var reach: UInt64 = 0
        for operation in operations {
            switch operation {
            case .loadPacket(let size, let k):
                // Offsets that count from the network or link-layer header are the highest numbers.
                guard k < 1 << 31 else { return nil }
                reach = max(reach, UInt64(k) + UInt64(size.bytes))
            case .loadPacketIndexed(let size, let k):
                guard indexIsHeaderLength, k < 1 << 31 else { return nil }
                reach = max(reach, UInt64(k) + 60 + UInt64(size.bytes))
            case .lookUp(let family, _, let k, let fromX):
                guard !fromX || indexIsHeaderLength else { return nil }
                reach = max(reach, UInt64(k) + (fromX ? 60 : 0) + UInt64(family.bytes))
            case .loadHeaderLength(let k):
                guard k < 1 << 31 else { return nil }
                reach = max(reach, UInt64(k) + 1)
            case .loadExtension(let name, _) where !VerifiedProgram.known.contains(name): return nil
            default: continue
            }
        }
        return UInt32(min(reach, UInt64(UInt32.max)))
    }

    /// Whether the program's verdict on a captured packet equals the kernel's. It does not if the program reads what
    /// only the kernel knows.
    public var isReproducible: Bool {
        operations.allSatisfy { operation in
            if case .loadExtension(let name, _) = operation { return VerifiedProgram.known.contains(name) }
            return true
        }
    }

    /// Whether the program reads the packet type, as `inbound` and `outbound` do.
    public var asksForDirection: Bool {
        operations.contains { if case .loadExtension(.type, _) = $0 { true } else { false } }
    }

    /// The extensions that the headers of a ring provide.
    private static let known: Set<Extension> = [
        .proto, .type, .ifidx, .hatype, .vlanTCI, .vlanPresent, .vlanTPID, .xorX,
    ]

    /// Whether X is always 0 or an IPv4 header length, which is at most 60 bytes.
    private var indexIsHeaderLength: Bool {
        operations.allSatisfy { operation in
            switch operation {
            case .loadConstant(.x, _), .loadLength(.x), .loadScratch(.x, _), .transfer(to: .x): false
            default: true
            }
        }
    }
}
