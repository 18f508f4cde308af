// SPDX-License-Identifier: Apache-2.0

import Change
import Concurrency
import Delivery
import JSON
import Testing
import YAML

/// The rules over literals: for each kind the ways to be well, under way and failed, with the words that a person gets to read.
@Suite struct HealthTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let type: String
        let text: String
        let expected: String

        var testDescription: String { "\(type) \(expected)" }
    }

    private static let rows: [Row] = {
        var rows: [Row] = []
        var (type, text) = ("", "")
        for line in healthTable.split(separator: "\n").map(String.init) {
            switch line.prefix(2) {
            case "= ": type = String(line.dropFirst(2))
            case "> ":
                rows.append(Row(type: type, text: text, expected: String(line.dropFirst(2))))
                text = ""
            default: text += line
            }
        }
        return rows
    }()

    @Test(arguments: rows) func `an object does as its status says`(row: Row) throws {
        let stream = YAML.parse(Array(row.text.utf8), file: "case")
        var object = try #require(stream.documents.first?.value, "\(stream.errors)")
        let words = row.type.split(separator: " ")
        object["apiVersion"] = .string(String(words[0]))
        object["kind"] = .string(String(words[1]))
        let now = try #require(Timestamp("2026-11-25T00:01:00Z"))
        let found = HealthRules.health(of: object, now: now)
        #expect("\(found.health.rawValue): \(found.message)" == row.expected, "\(row.text)")
    }

    @Test func `the table was read whole`() {
        #expect(Self.rows.count > 120)
        #expect(Set(Self.rows.map(\.type)).count == 24)
    }
}
