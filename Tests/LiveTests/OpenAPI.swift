import Foundation
import Yams

/// The description of the control interface, and whether answers are as it says.
struct OpenAPI {
    private let root: Node

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("openapi.yaml")
        root = try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8)) ?? Node("")
    }

    /// What is wrong with an answer to `method path`: a status that is not described, a field that is missing, has another type or
    /// is not described.
    func complaints(about answer: HTTPAnswer, to method: String, _ path: String) throws -> [String] {
        guard let operation = root.field("paths")?.field(path)?.field(method) else {
            return ["\(method) \(path) is not described"]
        }
        let responses = operation.field("responses")
        guard let response = responses?.field(String(answer.status)) ?? responses?.field("default")
        else { return ["\(method) \(path): status \(answer.status) is not described"] }
        let type = answer.type.split(separator: ";").first.map(String.init) ?? ""
        guard let schema = resolved(response).field("content")?.field(type)?.field("schema") else {
            return ["\(path): type '\(type)' is not described"]
        }
        guard type == "application/json" else { return [] }
        return complaints(about: try JSONDecoder().decode(JSON.self, from: Data(answer.body.utf8)), schema, path)
    }

    private func complaints(about value: JSON, _ schema: Node, _ place: String) -> [String] {
        let schema = resolved(schema)
        if let choices = schema.field("oneOf")?.sequence {
            let all = choices.map { complaints(about: value, $0, place) }
            return all.contains([]) ? [] : all.flatMap(\.self)
        }
        let wrong = ["\(place) is no \(schema.field("type")?.string ?? "?")"]
        switch (schema.field("type")?.string, value) {
        case ("object", .object(let fields)):
            let known = schema.field("properties")
            let required = schema.field("required")?.sequence?.compactMap(\.string) ?? []
            let missing = required.filter { fields[$0] == nil }.map { "\(place).\($0) is missing" }
            return missing
                + fields.sorted { $0.key < $1.key }.flatMap { name, value in
                    known?.field(name).map { complaints(about: value, $0, "\(place).\(name)") }
                        ?? ["\(place).\(name) is not described"]
                }
        case ("array", .array(let items)):
            guard let schema = schema.field("items") else { return wrong }
            return items.enumerated().flatMap { complaints(about: $1, schema, "\(place)[\($0)]") }
        case ("string", .string(let text)):
            let words = schema.field("enum")?.sequence?.compactMap(\.string)
            if words?.contains(text) == false { return ["\(place) is '\(text)'"] }
            if schema.field("format")?.string == "date-time",
                text.wholeMatch(of: /[-0-9]{10}T[:0-9]{8}\.[0-9]{9}Z/) == nil
            {
                return ["\(place) is no time: '\(text)'"]
            }
            return []
        case ("integer", .number(let number)): return number == number.rounded() ? [] : wrong
        case ("number", .number), ("boolean", .boolean), ("null", .other): return []
        default: return wrong
        }
    }

    private func resolved(_ node: Node) -> Node {
        guard let reference = node.field("$ref")?.string else { return node }
        return resolved(reference.split(separator: "/").dropFirst().reduce(root) { $0.field(String($1)) ?? Node("") })
    }
}

extension Node {
    /// What stands behind a key, whatever kind of scalar YAML takes that for.
    fileprivate func field(_ name: String) -> Node? { mapping?.first { $0.key.scalar?.string == name }?.value }
}

/// Any JSON.
enum JSON: Decodable {
    case object([String: JSON])
    case array([JSON])
    case string(String)
    case number(Double)
    case boolean(Bool)
    case other

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let object = try? value.decode([String: JSON].self) {
            self = .object(object)
        } else if let array = try? value.decode([JSON].self) {
            self = .array(array)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let isTrue = try? value.decode(Bool.self) {
            self = .boolean(isTrue)
        } else {
            self = (try? value.decode(Double.self)).map { .number($0) } ?? .other
        }
    }
}
