extension VerifiedProgram {
    /// How many bytes of a packet, from its first on, decide what the program says of it; nil when that may be any.
    ///
    /// A packet that is cut shorter than this may get another verdict than the whole one.
    public var reach: UInt32? {
        var reach: UInt64 = 0
        for operation in operations {
            switch operation {
            case .loadPacket(let size, let k):
                // Offsets that count from the network or link header are the highest numbers.
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

    /// Whether its verdict on a captured packet is the kernel's: it asks for nothing that only the kernel knew.
    public var isReproducible: Bool {
        operations.allSatisfy { operation in
            if case .loadExtension(let name, _) = operation { return VerifiedProgram.known.contains(name) }
            return true
        }
    }

    /// Whether it asks what the packet is to this host, as `inbound` and `outbound` do.
    public var asksForDirection: Bool {
        operations.contains { if case .loadExtension(.type, _) = $0 { true } else { false } }
    }

    /// What a ring's headers say of a packet.
    private static let known: Set<Extension> = [
        .proto, .type, .ifidx, .hatype, .vlanTCI, .vlanPresent, .vlanTPID, .xorX,
    ]

    /// Whether X is never anything but 0 or the length of an IPv4 header, 60 bytes at most.
    private var indexIsHeaderLength: Bool {
        operations.allSatisfy { operation in
            switch operation {
            case .loadConstant(.x, _), .loadLength(.x), .loadScratch(.x, _), .transfer(to: .x): false
            default: true
            }
        }
    }
}
