// SPDX-License-Identifier: Apache-2.0

/// Reads JSON once, from front to back, checks all of it (RFC 8259 grammar, RFC 3629 UTF-8, surrogate pairs, unique
/// keys, depth) and writes down where each value stands.
///
/// The tape has one word per value and per key. A container's word holds the number of members and the tape index
/// behind its last one, so that a reader can step over what it does not want. There is no recursion, and nothing is
/// allocated per value: that is what makes it many times faster than building a tree.
///
/// `bytes` is read only at offsets that were compared with `end` just before.
struct JSONScanner {
    private struct Container {
        let index: Int
        let isObject: Bool
        /// Where this object's keys begin in `keys`.
        let firstKey: Int
        var count = 0
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let end: Int
    private let depthLimit: Int
    private var position = 0
    private var tape: [JSONTape.Word] = []
    private var open: [Container] = []
    /// The keys of all open objects, the innermost's last.
    private var keys: [JSONTape.Word] = []

    static func scan(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> [JSONTape.Word] {
        let longest = min(limits.bytes, JSONTape.maximumLength)
        guard bytes.count <= longest else {
            throw JSONError(.limit, "\(bytes.count) bytes of JSON are more than the limit of \(longest)")
        }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            var scanner = JSONScanner(buffer, depthLimit: limits.depth)
            try scanner.run()
            return scanner.tape.withoutExcessCapacity
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
        end = bytes.count
        // Kubernetes' objects need a word for about ten bytes.
        tape.reserveCapacity(bytes.count / 8 + 8)
    }

    private mutating func run() throws(JSONError) {
        repeat {
            try value()
            try whatFollowsValue()
        } while !open.isEmpty
        skipWhitespace()
        guard position == end else { throw syntax("text after the end of the value") }
    }

    // MARK: - Containers

    /// Reads a scalar or an empty container; what else begins is opened, and its first value read.
    private mutating func value() throws(JSONError) {
        while true {
            switch try next(or: "expected a value, found the end") {
            case UInt8(ascii: "\""):
                return tape.append(try string())
            case UInt8(ascii: "{"):
                try begin(.object)
                guard try next(or: "an object has no end") != UInt8(ascii: "}") else { return close() }
                try key()
            case UInt8(ascii: "["):
                try begin(.array)
                guard try next(or: "an array has no end") != UInt8(ascii: "]") else { return close() }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                return try number()
            case UInt8(ascii: "t"):
                return try literal("true", .true)
            case UInt8(ascii: "f"):
                return try literal("false", .false)
            case UInt8(ascii: "n"):
                return try literal("null", .null)
            case let byte:
                throw syntax("expected a value, found \(describe(byte))")
            }
        }
    }

    /// Closes the containers that end here, and stops where the next value begins or nothing is open any more.
    private mutating func whatFollowsValue() throws(JSONError) {
        while let container = open.last {
            open[open.count - 1].count += 1
            let bracket = UInt8(ascii: container.isObject ? "}" : "]")
            switch try next(or: container.isObject ? "an object has no end" : "an array has no end") {
            case UInt8(ascii: ","):
                position += 1
                if container.isObject { try key() }
                return
            case bracket:
                if container.isObject { try refuseDuplicateKeys(from: container.firstKey) }
                close()
            case let byte:
                throw syntax("expected ',' or '\(Unicode.Scalar(bracket))', found \(describe(byte))")
            }
        }
    }

    private mutating func begin(_ tag: JSONTape.Tag) throws(JSONError) {
        guard open.count < depthLimit else {
            throw JSONError(.limit, "nested deeper than \(depthLimit) levels", at: position, in: bytes)
        }
        open.append(Container(index: tape.count, isObject: tag == .object, firstKey: keys.count))
        tape.append(JSONTape.Word(tag, offset: 0, length: 0))
        position += 1
    }

    private mutating func close() {
        let container = open.removeLast()
        tape[container.index] =
            JSONTape.Word(container.isObject ? .object : .array, offset: tape.count, length: container.count)
        position += 1
    }

    private mutating func key() throws(JSONError) {
        guard try next(or: "expected a key, found the end") == UInt8(ascii: "\"") else {
            throw syntax("expected a key in double quotes")
        }
        let key = try string()
        tape.append(key)
        keys.append(key)
        guard try next(or: "expected ':', found the end") == UInt8(ascii: ":") else {
            throw syntax("expected ':' after a key")
        }
        position += 1
    }

    private mutating func refuseDuplicateKeys(from first: Int) throws(JSONError) {
        defer { keys.removeLast(keys.count - first) }
        guard let key = JSONText.firstDuplicate(of: keys[first...], in: bytes) else { return }
        let name = JSONText.decode(key, in: bytes)
        throw JSONError(.duplicateKey, "key \"\(name)\" is there twice", at: key.offset - 1, in: bytes)
    }

    // MARK: - Scalars

    private mutating func literal(_ text: StaticString, _ tag: JSONTape.Tag) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        guard end - position >= length, (0..<length).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
        else { throw syntax("expected \(text)") }
        tape.append(JSONTape.Word(tag, offset: position, length: length))
        position += length
    }

    private mutating func number() throws(JSONError) {
        let start = position
        skip("-")
        let integer = skipDigits()
        guard integer > 0 else { throw syntax("a number needs a digit") }
        guard integer == 1 || bytes[position - integer] != UInt8(ascii: "0") else {
            throw syntax("a number must not begin with 0")
        }
        // `-0` is not the integer 0: its sign would be lost.
        var isInteger = bytes[start] != UInt8(ascii: "-") || bytes[start + 1] != UInt8(ascii: "0")
        if skip(".") {
            isInteger = false
            guard skipDigits() > 0 else { throw syntax("a number needs a digit after the point") }
        }
        if skip("e") || skip("E") {
            isInteger = false
            if !skip("+") { skip("-") }
            guard skipDigits() > 0 else { throw syntax("a number needs a digit in its exponent") }
        }
        tape.append(JSONTape.Word(isInteger ? .integer : .decimal, offset: start, length: position - start))
    }

    /// Reads a string, from the opening quote to behind the closing one; its word has what is between them.
    private mutating func string() throws(JSONError) -> JSONTape.Word {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            position = bytes.endOfPlainASCII(from: position)
            guard position < end else { throw JSONError(.syntax, "a string has no end", at: start - 1, in: bytes) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return JSONTape.Word(.string, offset: start, length: position - 1 - start, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0x80...:
                try multiByteCharacter()
            default:
                throw syntax("a control character must be written as an escape in a string")
            }
        }
    }

    private mutating func escape() throws(JSONError) {
        guard end - position >= 2 else { throw syntax("a string has no end") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            try escapedCharacter()
        default:
            throw syntax("unknown escape in a string")
        }
    }

    private mutating func escapedCharacter() throws(JSONError) {
        guard let unit = JSONText.escapedUnit(at: position, in: bytes) else {
            throw syntax("\\u needs four hexadecimal digits")
        }
        guard unit & 0xF800 == 0xD800 else {
            position += 6
            return
        }
        guard UTF16.isLeadSurrogate(unit), let trail = JSONText.escapedUnit(at: position + 6, in: bytes),
            UTF16.isTrailSurrogate(trail)
        else { throw JSONError(.encoding, "half of a surrogate pair", at: position, in: bytes) }
        position += 12
    }

    /// Accepts exactly the well-formed sequences of RFC 3629: nothing overlong, no surrogates, nothing above U+10FFFF.
    private mutating func multiByteCharacter() throws(JSONError) {
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch bytes[position] {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        guard length > 0, end - position >= length, second.contains(bytes[position + 1]),
            length < 3 || bytes[position + 2] & 0xC0 == 0x80, length < 4 || bytes[position + 3] & 0xC0 == 0x80
        else { throw JSONError(.encoding, "bytes that are not UTF-8", at: position, in: bytes) }
        position += length
    }

    // MARK: - Small parts

    /// The next byte that is not white space.
    private mutating func next(or message: StaticString) throws(JSONError) -> UInt8 {
        skipWhitespace()
        guard position < end else { throw syntax("\(message)") }
        return bytes[position]
    }

    private mutating func skipWhitespace() {
        while position < end, bytes[position] <= UInt8(ascii: " ") {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < end, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position - start
    }

    @discardableResult private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard position < end, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private func syntax(_ message: String) -> JSONError {
        JSONError(.syntax, message, at: position, in: bytes)
    }

    private func describe(_ byte: UInt8) -> String {
        (0x21..<0x7F).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
    }
}

extension [JSONTape.Word] {
    /// Documents are kept for long: spare room of more than a third is worth a copy.
    fileprivate var withoutExcessCapacity: Self {
        guard capacity > count + count / 3 else { return self }
        return withUnsafeBufferPointer { Self($0) }
    }
}
