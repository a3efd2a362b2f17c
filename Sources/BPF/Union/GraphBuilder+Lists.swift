// List lookups as comparison trees: one tree for an IPv4 address; for an IPv6 address, one per word that must be
// examined, nested by the words before it.
//
//     ld [26]
//     jge #0x0a000000, L1, L2         binary search over the bounds
//     L1: jge #0x0b000000, L3, inside
//     L2: jeq #0x01020304, inside, L4   a few single addresses in sequence

/// The destinations of a lookup.
struct ListLeads: Hashable {
    let inside: Int
    let outside: Int
    /// If the kernel program cannot tell, because the list has too many ranges.
    let uncertain: Int
    /// If the packet ends before enough of an IPv6 address is known.
    let cut: Int
}

/// A comparison tree for a word in A. All lookups with the same list and destinations share it.
struct ListTree: Hashable {
    let list: Int
    let leads: ListLeads
}

extension GraphBuilder {
    /// The block that looks up an address, in place of the value `listed`; nil if it cannot be computed.
    mutating func search(_ value: ValueID, _ leads: ListLeads) -> Int? {
        guard case .listed(let list, _, let place) = values[value] else { return nil }
        switch lists[list] {
        case .ipv4(let segments):
            guard let body = loadWord(0, of: place) else { return nil }
            let tree = ListTree(list: list, leads: leads)
            let root =
                trees[tree] ?? self.tree(of: segments.map { ($0.start, leads[$0.kind]) }[...], isLast: true)
            trees[tree] = root
            return add(body, .go(to: root))
        case .ipv6(let segments):
            return node(0, segments.dropFirst(), segments[0].kind, place, leads)
        }
    }

    /// The block that examines one word of an IPv6 address when the words before it are known.
    ///
    /// `segments` are those that start at an address with the known words, except at the lowest one; `first` is the
    /// kind of that lowest address.
    private mutating func node(
        _ word: UInt32, _ segments: ArraySlice<Coarsening<UInt128>.Segment>, _ first: Coarsening<UInt128>.Kind,
        _ place: ValueID, _ leads: ListLeads
    ) -> Int? {
        var words: [(start: UInt32, place: Int)] = [(0, leads[first])]
        func append(_ start: UInt32, _ place: Int) {
            if words[words.count - 1].start == start {
                words[words.count - 1].place = place
            } else {
                words.append((start, place))
            }
        }
        let shift = 96 - 32 * word
        var kind = first
        var rest = segments
        while let next = rest.first {
            let number = UInt32(truncatingIfNeeded: next.start >> shift)
            let group = rest.prefix { UInt32(truncatingIfNeeded: $0.start >> shift) == number }
            rest = rest.dropFirst(group.count)
            let isWhole = next.start & ((1 << shift) - 1) == 0
            if isWhole && group.count == 1 {
                append(number, leads[next.kind])
            } else {
                let inner = isWhole ? group.dropFirst() : group
                guard let node = node(word + 1, inner, isWhole ? next.kind : kind, place, leads) else { return nil }
                append(number, node)
                if number < .max { append(number + 1, leads[group[group.endIndex - 1].kind]) }
            }
            kind = group[group.endIndex - 1].kind
        }
        guard let body = loadWord(word, of: place) else { return nil }
        let root = add(body, .go(to: tree(of: words[...], isLast: true)))
        return word == 0 ? root : addPresence(ofWord: word, of: place, then: root, otherwise: leads.cut)
    }

    /// The root of a binary search for the word in A. Each segment ends where the next one starts; `isLast` states
    /// whether the last one ends at the highest number.
    private mutating func tree(of segments: ArraySlice<(start: UInt32, place: Int)>, isLast: Bool) -> Int {
        if segments.count == 1 { return segments[segments.startIndex].place }
        if segments.count <= 9, let chain = chain(of: segments, isLast: isLast) { return chain }
        let middle = (segments.startIndex + segments.endIndex) / 2
        let upper = tree(of: segments[middle...], isLast: isLast)
        let lower = tree(of: segments[..<middle], isLast: false)
        if upper == lower { return upper }
        return add([], .test(.greaterOrEqual, .k(segments[middle].start), then: upper, otherwise: lower))
    }

    /// A sequence of equality tests, if all but a few single numbers lead to the same block; nil otherwise.
    private mutating func chain(of segments: ArraySlice<(start: UInt32, place: Int)>, isLast: Bool) -> Int? {
        var numbers: [(UInt32, Int)] = []
        var common: Int?
        for index in segments.indices {
            let (start, place) = segments[index]
            let isNumber: Bool
            if index + 1 < segments.endIndex {
                isNumber = segments[index + 1].start == start + 1
            } else {
                isNumber = isLast && start == .max
            }
            if isNumber {
                numbers.append((start, place))
            } else if common == nil || common == place {
                common = place
            } else {
                return nil
            }
        }
        guard let common, numbers.count <= 4 else { return nil }
        return numbers.reversed().reduce(common) { next, number in
            number.1 == common ? next : add([], .test(.equal, .k(number.0), then: number.1, otherwise: next))
        }
    }

    // MARK: Address words

    private mutating func loadWord(_ word: UInt32, of place: ValueID) -> [Operation]? {
        let offset = offset(ofWord: word, of: place)
        if let k = values.constant(offset) { return [.loadPacket(.word, k)] }
        return load(values.number(of: .loadIndexed(.word, at: offset)))
    }

    private mutating func offset(ofWord word: UInt32, of place: ValueID) -> ValueID {
        if let k = values.constant(place) { return values.constant(k + 4 * word) }
        let (base, k) = split(place) ?? (place, 0)
        let offset = values.constant(k + 4 * word)
        return values.arithmetic(.add, base, offset)
    }

    private mutating func addPresence(ofWord word: UInt32, of place: ValueID, then: Int, otherwise: Int) -> Int? {
        let offset = offset(ofWord: word, of: place)
        guard let k = values.constant(offset) else { return add(.word, at: offset, then: then, otherwise: otherwise) }
        return add([.loadLength(.a)], .test(.greaterOrEqual, .k(k + 4), then: then, otherwise: otherwise))
    }
}

extension ListLeads {
    subscript<Address>(kind: Coarsening<Address>.Kind) -> Int {
        switch kind {
        case .inside: inside
        case .outside: outside
        case .uncertain: uncertain
        }
    }
}
