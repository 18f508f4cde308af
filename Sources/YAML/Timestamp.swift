// SPDX-License-Identifier: Apache-2.0

/// The timestamps that go-yaml v2 recognises. They stay strings; only the tag `!!timestamp` and the emitter ask for them.
enum Timestamp {
    /// Whether the text is `YYYY-M-D`, alone, with a time behind a space, or with `T`, a time and a zone.
    static func matches(_ text: some Collection<UInt8>) -> Bool {
        var scanner = Scanner(rest: Array(text)[...])
        guard let year = scanner.number(digits: 4...4), scanner.take("-"),
            let month = scanner.number(digits: 1...2), (1...12).contains(month), scanner.take("-"),
            let day = scanner.number(digits: 1...2), (1...days(in: month, of: year)).contains(day)
        else { return false }
        if scanner.rest.isEmpty { return true }
        if scanner.take(" ") { return scanner.takeTime() && scanner.rest.isEmpty }
        guard scanner.take("T") || scanner.take("t") else { return false }
        return scanner.takeTime() && scanner.takeZone() && scanner.rest.isEmpty
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(digits: ClosedRange<Int>) -> Int? {
            let text = rest.prefix(digits.upperBound).prefix { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
            guard digits.contains(text.count) else { return nil }
            rest.removeFirst(text.count)
            return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        mutating func takeTime() -> Bool {
            guard let hour = number(digits: 1...2), hour < 24, take(":"),
                let minute = number(digits: 1...2), minute < 60, take(":"),
                let second = number(digits: 1...2), second < 60
            else { return false }
            return takeFraction()
        }

        private mutating func takeFraction() -> Bool {
            guard take(".") || take(",") else { return true }
            var digits = 0
            while number(digits: 1...1) != nil { digits += 1 }
            return digits > 0
        }

        mutating func takeZone() -> Bool {
            if take("Z") { return true }
            guard take("+") || take("-"), let hours = number(digits: 2...2), take(":"),
                let minutes = number(digits: 2...2)
            else { return false }
            return hours <= 24 && minutes < 60
        }
    }
}
