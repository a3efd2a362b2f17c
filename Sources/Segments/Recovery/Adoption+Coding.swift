import Linux

/// The encoding in which the helper process sends an adoption to the daemon. There may be a hundred thousand segments,
/// so the encoding is three flat lists: file names, sizes and times. The decoder parses the names by the rule that
/// found them.
extension Adoption: Codable {
    private enum Key: CodingKey {
        case capture, path, device, names, sizes, changes, repairs, openElsewhere, others
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let capture = try fields.decode(String.self, forKey: .capture)
        self.init(
            capture: capture, path: try fields.decode(String.self, forKey: .path),
            device: try fields.decode(UInt64.self, forKey: .device),
            repairs: try fields.decode([Repair].self, forKey: .repairs),
            openElsewhere: try fields.decode(Int.self, forKey: .openElsewhere),
            others: try fields.decode([Others].self, forKey: .others))
        let names = try fields.decode([String].self, forKey: .names)
        let sizes = try fields.decode([Int64].self, forKey: .sizes)
        let changes = try fields.decode([Int64].self, forKey: .changes)
        segments.reserveCapacity(names.count)
        for ((file, size), changed) in zip(zip(names, sizes), changes) {
            guard let name = SegmentName(file, of: capture) else { continue }
            segments.append(Sealed(name: name, size: size, changed: changed))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(capture, forKey: .capture)
        try fields.encode(path, forKey: .path)
        try fields.encode(device, forKey: .device)
        try fields.encode(segments.map(\.name.sealed), forKey: .names)
        try fields.encode(segments.map(\.size), forKey: .sizes)
        try fields.encode(segments.map(\.changed), forKey: .changes)
        try fields.encode(repairs, forKey: .repairs)
        try fields.encode(openElsewhere, forKey: .openElsewhere)
        try fields.encode(others, forKey: .others)
    }
}
