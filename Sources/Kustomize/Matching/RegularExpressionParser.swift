// SPDX-License-Identifier: Apache-2.0

/// Reads the syntax of RE2, as Go's `regexp` package has it.
struct RegularExpressionParser {
    private let pattern: String
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    private static let deepest = 100
    private static let mostRepetitions = 1_000

    init(_ pattern: String) {
        self.pattern = pattern
        scalars = Array(pattern.unicodeScalars)
    }

    mutating func parse() throws(Refusal) -> RegularExpressionNode {
        let node = try alternatives()
        guard position == scalars.count else { throw invalid("has a ')' too many") }
        return node
    }

    private mutating func alternatives() throws(Refusal) -> RegularExpressionNode {
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private mutating func sequence() throws(Refusal) -> RegularExpressionNode {
        var nodes: [RegularExpressionNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let atom = try atom()
            nodes.append(try repeated(atom))
        }
        return nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func atom() throws(Refusal) -> RegularExpressionNode {
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case ".": return .set(.any)
        case "^": return .start
        case "$": return .end
        case "*", "+", "?": throw invalid("has nothing before '\(scalar)' to repeat")
        case "\\": return try escape()
        default: return .set(ScalarSet(ranges: [scalar...scalar]))
        }
    }

    private mutating func group() throws(Refusal) -> RegularExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw invalid("nests groups too deeply") }
        if take("?"), !take(":") { throw unsupported("flags and names of groups ('(?')") }
        let node = try alternatives()
        guard take(")") else { throw invalid("has a '(' without a ')'") }
        return node
    }

    // MARK: Repetition

    private mutating func repeated(_ atom: RegularExpressionNode) throws(Refusal) -> RegularExpressionNode {
        guard let counts = try repetition() else { return atom }
        // Which of several ways to match is taken does not matter here.
        _ = take("?")
        let before = position
        guard try repetition() == nil else { throw invalid("repeats a repetition") }
        position = before
        return .repetition(atom, counts.least, counts.most)
    }

    private mutating func repetition() throws(Refusal) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek == "{" else { return nil }
        let before = position
        position += 1
        guard let counts = braces() else {
            // Braces that hold no numbers are characters like others.
            position = before
            return nil
        }
        guard counts.least <= Self.mostRepetitions, (counts.most ?? 0) <= Self.mostRepetitions,
            counts.least <= counts.most ?? Int.max
        else { throw invalid("has a wrong number of repetitions") }
        return counts
    }

    private mutating func braces() -> (least: Int, most: Int?)? {
        guard let least = number() else { return nil }
        if take("}") { return (least, least) }
        guard take(",") else { return nil }
        if take("}") { return (least, nil) }
        guard let most = number(), take("}") else { return nil }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = peek, ("0"..."9").contains(scalar), digits.utf8.count < 9 {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return Int(digits)
    }

    // MARK: Escapes and classes

    private mutating func escape() throws(Refusal) -> RegularExpressionNode {
        guard let scalar = peek else { throw invalid("ends with a backslash") }
        if scalar == "A" || scalar == "z" {
            position += 1
            return scalar == "A" ? .start : .end
        }
        return .set(try escapedSet())
    }

    private mutating func escapedSet() throws(Refusal) -> ScalarSet {
        guard let scalar = peek else { throw invalid("ends with a backslash") }
        position += 1
        if let set = Self.classes[scalar] { return set }
        if let control = Self.controls[scalar] { return ScalarSet(ranges: [control...control]) }
        let isLetterOrDigit = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        guard !isLetterOrDigit else { throw unsupported("the escape '\\\(scalar)'") }
        return ScalarSet(ranges: [scalar...scalar])
    }

    private mutating func characterClass() throws(Refusal) -> ScalarSet {
        let isNegated = take("^")
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var isFirst = true
        while let scalar = peek, isFirst || scalar != "]" {
            isFirst = false
            guard !(scalar == "[" && peek(1) == ":") else { throw unsupported("named character classes") }
            let set = try classMember()
            guard peek == "-", let end = peek(1), end != "]" else {
                guard !set.isNegated else { throw unsupported("a negated escape in a character class") }
                ranges += set.ranges
                continue
            }
            position += 1
            let last = try classMember()
            guard let from = set.single, let to = last.single, from <= to else { throw invalid("has a wrong range") }
            ranges.append(from...to)
        }
        guard take("]") else { throw invalid("has a '[' without a ']'") }
        return ScalarSet(ranges: ranges, isNegated: isNegated)
    }

    private mutating func classMember() throws(Refusal) -> ScalarSet {
        guard let scalar = peek else { throw invalid("has a '[' without a ']'") }
        position += 1
        return scalar == "\\" ? try escapedSet() : ScalarSet(ranges: [scalar...scalar])
    }

    private static let digits: [ClosedRange<Unicode.Scalar>] = ["0"..."9"]
    private static let words: [ClosedRange<Unicode.Scalar>] = ["0"..."9", "A"..."Z", "_"..."_", "a"..."z"]
    private static let spaces: [ClosedRange<Unicode.Scalar>] = ["\t"..."\n", "\u{C}"..."\r", " "..." "]
    private static let classes: [Unicode.Scalar: ScalarSet] = [
        "d": ScalarSet(ranges: digits), "D": ScalarSet(ranges: digits, isNegated: true),
        "w": ScalarSet(ranges: words), "W": ScalarSet(ranges: words, isNegated: true),
        "s": ScalarSet(ranges: spaces), "S": ScalarSet(ranges: spaces, isNegated: true),
    ]
    private static let controls: [Unicode.Scalar: Unicode.Scalar] = [
        "n": "\n", "r": "\r", "t": "\t", "f": "\u{C}", "v": "\u{B}", "a": "\u{7}",
    ]

    // MARK: Characters

    private var peek: Unicode.Scalar? { peek(0) }

    private func peek(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private func invalid(_ problem: String) -> Refusal {
        .invalid("the regular expression '\(pattern)' \(problem)")
    }

    private func unsupported(_ what: String) -> Refusal {
        Refusal(.unsupported, "the regular expression '\(pattern)' uses \(what), which is not supported")
    }
}

extension ScalarSet {
    /// The character, if the set has one only.
    fileprivate var single: Unicode.Scalar? {
        guard !isNegated, ranges.count == 1, let range = ranges.first, range.lowerBound == range.upperBound else {
            return nil
        }
        return range.lowerBound
    }
}
