// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
    /// Whether the scalar shows as itself: no control, format (bidirectional), separator, private or unassigned one.
    var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    /// `U+001B`.
    var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension String {
    /// Fit for an error message, wherever it came from: invisible characters by their number, at most 200 characters.
    var escapedForDisplay: String {
        var text = ""
        for scalar in unicodeScalars.prefix(200) {
            text += scalar.isVisible || scalar == " " ? String(scalar) : "<\(scalar.codePoint)>"
        }
        return unicodeScalars.count > 200 ? text + "…" : text
    }
}
