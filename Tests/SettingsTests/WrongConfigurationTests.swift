import Settings
import Testing

/// An invalid text, and the exact lines that an operator sees for it. The test compares them literally, since the
/// texts are part of the product.
struct WrongConfiguration: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let complaints: String

    init(_ what: String, _ text: String, _ complaints: String) {
        (testDescription, self.text, self.complaints) = (what, text, complaints)
    }

    static let all = structure + yaml + keys + filters + values + rules
}

struct WrongConfigurationTests {
    @Test("Every error has its position and its text", arguments: WrongConfiguration.all)
    func positionAndText(_ wrong: WrongConfiguration) {
        let error = #expect(throws: ConfigurationError.self) { try Settings.parse(wrong.text, file: "f") }
        #expect(error?.description == wrong.complaints)
    }

    @Test("An error is a value with a position") func errorValue() {
        let error = #expect(throws: ConfigurationError.self) { try Settings.parse("captures: []", file: "a.yaml") }
        let diagnostic = Diagnostic(
            file: "a.yaml", line: 1, column: 11, message: "'captures' must be a map, got a list")
        #expect(error?.diagnostics == [diagnostic])
    }
}
