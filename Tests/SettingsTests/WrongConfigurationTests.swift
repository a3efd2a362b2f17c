import Settings
import Testing

/// A text with mistakes, and all the lines an operator sees for it, word for word: the sentences are the product.
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
    @Test(arguments: WrongConfiguration.all)
    func `every mistake has its place and its sentence`(_ wrong: WrongConfiguration) {
        let error = #expect(throws: ConfigurationError.self) { try Settings.parse(wrong.text, file: "f") }
        #expect(error?.description == wrong.complaints)
    }

    @Test func `a mistake is a value with a place`() {
        let error = #expect(throws: ConfigurationError.self) { try Settings.parse("captures: []", file: "a.yaml") }
        let mistake = Diagnostic(file: "a.yaml", line: 1, column: 11, message: "'captures' is a map, not a list")
        #expect(error?.mistakes == [mistake])
    }
}
