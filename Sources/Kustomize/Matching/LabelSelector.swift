// SPDX-License-Identifier: Apache-2.0

/// A selector of labels in the syntax of Kubernetes: `app=web,tier in (a, b),!old`.
struct LabelSelector: Sendable {
    private enum Test: Sendable {
        case isOneOf([String])
        case isNoneOf([String])
        case exists
        case isMissing
        case isGreater(Int64)
        case isLess(Int64)
    }

    private let requirements: [(key: String, test: Test)]

    /// - Throws: `invalid`.
    init(_ text: String) throws(Refusal) {
        var parser = Parser(text)
        requirements = try parser.parse()
    }

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { key, test in
            switch test {
            case .isOneOf(let values): labels[key].map(values.contains) ?? false
            case .isNoneOf(let values): !(labels[key].map(values.contains) ?? false)
            case .exists: labels[key] != nil
            case .isMissing: labels[key] == nil
            case .isGreater(let bound): labels[key].flatMap { Int64($0) }.map { $0 > bound } ?? false
            case .isLess(let bound): labels[key].flatMap { Int64($0) }.map { $0 < bound } ?? false
            }
        }
    }

    // MARK: - Syntax

    private struct Parser {
        private let text: String
        private var tokens: [String]

        init(_ text: String) {
            self.text = text
            tokens = Self.tokens(of: text).reversed()
        }

        mutating func parse() throws(Refusal) -> [(key: String, test: Test)] {
            var requirements: [(key: String, test: Test)] = []
            guard tokens.last != nil else { return [] }
            repeat { requirements.append(try requirement()) } while take(",")
            guard tokens.isEmpty else { throw invalid }
            return requirements
        }

        private mutating func requirement() throws(Refusal) -> (key: String, test: Test) {
            let isNegated = take("!")
            let key = try word()
            guard LabelSyntax.isKey(key) else { throw invalid }
            guard !isNegated else { return (key, .isMissing) }
            guard let token = tokens.last, token != "," else { return (key, .exists) }
            tokens.removeLast()
            switch token {
            case "=", "==": return (key, .isOneOf([try value()]))
            case "!=": return (key, .isNoneOf([try value()]))
            case "in": return (key, .isOneOf(try list()))
            case "notin": return (key, .isNoneOf(try list()))
            case ">", "<":
                guard let bound = Int64(try value()) else { throw invalid }
                return (key, token == ">" ? .isGreater(bound) : .isLess(bound))
            default: throw invalid
            }
        }

        private mutating func value() throws(Refusal) -> String {
            guard let token = tokens.last, token != "," else { return "" }
            let value = try word()
            guard LabelSyntax.isValue(value) else { throw invalid }
            return value
        }

        private mutating func list() throws(Refusal) -> [String] {
            guard take("(") else { throw invalid }
            var values: [String] = []
            while true {
                if take(",") {
                    values.append("")
                } else if take(")") {
                    return values + [""]
                } else {
                    let value = try word()
                    guard LabelSyntax.isValue(value) else { throw invalid }
                    values.append(value)
                    if take(")") { return values }
                    guard take(",") else { throw invalid }
                }
            }
        }

        private mutating func word() throws(Refusal) -> String {
            guard let token = tokens.popLast(), let first = token.unicodeScalars.first, !Self.special.contains(first)
            else { throw invalid }
            return token
        }

        private mutating func take(_ token: String) -> Bool {
            guard tokens.last == token else { return false }
            tokens.removeLast()
            return true
        }

        private var invalid: Refusal { .invalid("'\(text)' is not a label selector") }

        private static let special: Set<Unicode.Scalar> = ["(", ")", ",", "!", "=", "<", ">"]

        /// Words, and the longest operators.
        private static func tokens(of text: String) -> [String] {
            var tokens: [String] = []
            var word = String.UnicodeScalarView()
            func isOperator(_ token: String?) -> Bool { token == "=" || token == "!" }
            for scalar in text.unicodeScalars {
                let isSpace = scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
                guard isSpace || special.contains(scalar) else {
                    word.append(scalar)
                    continue
                }
                let isGlued = word.isEmpty
                if !word.isEmpty { tokens.append(String(word)) }
                word = String.UnicodeScalarView()
                guard !isSpace else { continue }
                if scalar == "=", isGlued, let last = tokens.last, isOperator(last) {
                    tokens[tokens.count - 1] = last + "="
                } else {
                    tokens.append(String(scalar))
                }
            }
            if !word.isEmpty { tokens.append(String(word)) }
            return tokens
        }
    }
}

/// What keys and values of labels look like.
private enum LabelSyntax {
    static func isKey(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last, !name.isEmpty, isValue(String(name)) else { return false }
        guard parts.count == 2 else { return true }
        return !parts[0].isEmpty && parts[0].utf8.count <= 253
            && parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isDomainPart)
    }

    static func isValue(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return true }
        return value.utf8.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
            && value.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }

    private static func isDomainPart(_ part: Substring) -> Bool {
        guard let first = part.utf8.first, let last = part.utf8.last else { return false }
        return first != 0x2D && last != 0x2D
            && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
