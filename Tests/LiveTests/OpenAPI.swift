import Foundation
import Settings
import Testing

/// The description of the control interface, to check answers against.
struct OpenAPI {
    private let root: YAMLNode

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("openapi.yaml")
        root = try #require(try YAMLComposer.root(of: String(contentsOf: file, encoding: .utf8), file: file.path))
    }

    /// The faults of an answer to `method path`: an undescribed status, and a field that is missing, undescribed, or
    /// of another type.
    func complaints(about answer: HTTPAnswer, to method: String, _ path: String) throws -> [String] {
        guard let operation = root.value(of: "paths")?.value(of: path)?.value(of: method) else {
            return ["\(method) \(path) is not described"]
        }
        let responses = operation.value(of: "responses")
        guard let response = responses?.value(of: String(answer.status)) ?? responses?.value(of: "default")
        else { return ["\(method) \(path): status \(answer.status) is not described"] }
        let type = answer.type.split(separator: ";").first.map(String.init) ?? ""
        guard let schema = resolved(response).value(of: "content")?.value(of: type)?.value(of: "schema") else {
            return ["\(path): type '\(type)' is not described"]
        }
        guard type == "application/json" else { return [] }
        return complaints(about: try JSONDecoder().decode(JSON.self, from: Data(answer.body.utf8)), schema, path)
    }

    private func complaints(about value: JSON, _ schema: YAMLNode, _ place: String) -> [String] {
        let schema = resolved(schema)
        if let choices = schema.value(of: "oneOf")?.sequence {
            let all = choices.map { complaints(about: value, $0, place) }
            return all.contains([]) ? [] : all.flatMap(\.self)
        }
        let wrong = ["\(place) is no \(schema.value(of: "type")?.scalar?.text ?? "?")"]
        switch (schema.value(of: "type")?.scalar?.text, value) {
        case ("object", .object(let fields)):
            let known = schema.value(of: "properties")
            let required = schema.value(of: "required")?.sequence?.compactMap(\.scalar?.text) ?? []
            let missing = required.filter { fields[$0] == nil }.map { "\(place).\($0) is missing" }
            return missing
                + fields.sorted { $0.key < $1.key }.flatMap { name, value in
                    known?.value(of: name).map { complaints(about: value, $0, "\(place).\(name)") }
                        ?? ["\(place).\(name) is not described"]
                }
        case ("array", .array(let items)):
            guard let schema = schema.value(of: "items") else { return wrong }
            return items.enumerated().flatMap { complaints(about: $1, schema, "\(place)[\($0)]") }
        case ("string", .string(let text)):
            let words = schema.value(of: "enum")?.sequence?.compactMap(\.scalar?.text)
            if words?.contains(text) == false { return ["\(place) is '\(text)'"] }
            if schema.value(of: "format")?.scalar?.text == "date-time",
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

    /// The target of a `$ref`; any other node is returned unchanged.
    private func resolved(_ node: YAMLNode) -> YAMLNode {
        guard let reference = node.value(of: "$ref")?.scalar?.text else { return node }
        let steps = reference.split(separator: "/").dropFirst()
        return steps.reduce(Optional(root)) { $0?.value(of: String($1)) }.map(resolved) ?? node
    }
}

/// Any JSON value.
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
