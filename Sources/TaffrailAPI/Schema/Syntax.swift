// SPDX-License-Identifier: Apache-2.0

/// A duration in Go's syntax (`time.ParseDuration`), of what Kubernetes' users write: hours to milliseconds, not negative.
package struct GoDuration: Sendable, Hashable {
    /// Ten years, in seconds: more is no duration that anybody means.
    private static let limit = 10.0 * 365 * 86_400

    package let duration: Duration

    package init?(_ text: String) {
        var rest = text[...]
        // Summed up as a number: a Duration of what people can write would overflow before anybody looked at it.
        var seconds = 0.0
        guard !rest.isEmpty, text.utf8.count <= 64 else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits), digits.first != ".", digits.last != "." else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": seconds += number * 3_600
            case "m": seconds += number * 60
            case "s": seconds += number
            case "ms": seconds += number / 1_000
            default: return nil
            }
        }
        guard seconds < Self.limit else { return nil }
        duration = .milliseconds(Int64((seconds * 1_000).rounded()))
    }
}

/// The syntax of names, labels and quantities (Kubernetes, "Object Names and IDs" and "Quantity").
package enum NameSyntax {
    /// What is wrong with an RFC 1123 subdomain, in words that follow the field's name.
    package static func subdomainProblem(_ text: String) -> String? {
        guard text.utf8.count <= 253 else { return "must not be longer than 253 characters" }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ isLabel($0) }) else {
            return "is '\(text)', which is no name: use lower-case letters, digits, '-' and '.'"
        }
        return nil
    }

    /// An RFC 1123 label: at most 63 lower-case letters, digits and dashes, none of these at an end.
    package static func isLabel(_ text: some StringProtocol) -> Bool {
        guard (1...63).contains(text.utf8.count), text.first != "-", text.last != "-" else { return false }
        return text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
    }

    /// A label that begins with a letter (RFC 1035), as Services need.
    package static func isServiceName(_ text: some StringProtocol) -> Bool {
        isLabel(text) && text.first?.isLetter == true
    }

    /// What `${var.NAME}` takes.
    package static func isVariableName(_ text: some StringProtocol) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter, text.utf8.count <= 63 else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    package static func isQuantity(_ text: String) -> Bool {
        var rest = text[...]
        if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
        let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard digits.contains(where: \.isNumber), digits.count(where: { $0 == "." }) <= 1 else { return false }
        let suffix = rest.dropFirst(digits.count)
        if ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].contains(
            String(suffix)
        ) {
            return true
        }
        guard suffix.first == "e" || suffix.first == "E" else { return false }
        return Int(suffix.dropFirst()) != nil
    }
}
