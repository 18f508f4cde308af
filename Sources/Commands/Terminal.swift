// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The two streams of a command: results on the one, everything else on the other.
enum Terminal {
    /// A line of the result, for people.
    static func write(_ text: some StringProtocol) {
        put(text.harmless(keepingColor: hasColor) + "\n", to: STDOUT_FILENO)
    }

    /// The result, for programs: byte for byte, unless a terminal would act on it.
    static func writeData(_ text: some StringProtocol) {
        put((isatty(STDOUT_FILENO) == 1 ? text.harmless() : String(text)) + "\n", to: STDOUT_FILENO)
    }

    /// A line for the person who waits: progress, warnings, what to do next.
    static func note(_ text: some StringProtocol) {
        put(text.harmless() + "\n", to: STDERR_FILENO)
    }

    /// Writes over the line where the cursor of standard error stands; an empty text only clears it.
    static func status(_ text: some StringProtocol) {
        // A line that wraps could not be written over.
        let line = text.onOneLine.harmless()
        put("\r\u{1B}[K" + line.prefix(max(0, columns - 1)), to: STDERR_FILENO)
    }

    /// Whether standard error is a terminal on which a line can be written over.
    static let updatesStatus = isatty(STDERR_FILENO) == 1 && !isDumb

    /// Colour is for people: not for pipes, and not where `NO_COLOR` asks for none (no-color.org).
    static let hasColor: Bool = {
        guard isatty(STDOUT_FILENO) == 1, !isDumb else { return false }
        return getenv("NO_COLOR").map { String(cString: $0).isEmpty } ?? true
    }()

    private static let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func put(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { platformWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // A reader that went away (`| head`) is no reason to fail.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// A colour of a line in a diff or a table.
enum Style: String, CaseIterable {
    case added = "32"
    case removed = "31"
    case changed = "33"
    case faint = "2"

    func apply(_ text: String) -> String {
        Terminal.hasColor ? "\(beginning)\(text.harmless())\(Self.end)" : text
    }

    /// A line that says what is wrong.
    static func error(_ what: some CustomStringConvertible) -> String { removed.apply("error: \(what)".onOneLine) }

    fileprivate var beginning: String { "\u{1B}[\(rawValue)m" }
    fileprivate static let end = "\u{1B}[0m"
    fileprivate static let sequences = allCases.map { Array($0.beginning.unicodeScalars) } + [Array(end.unicodeScalars)]
}

extension StringProtocol {
    /// The text with a space for each break of a line, so that no content can pass for a line of ours.
    var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }

    /// The text with a mark for each character that would steer a terminal or turn text around, as an author's name or a server's message
    /// may hold.
    /// - Parameter keepingColor: leaves the sequences of `Style` as they are.
    fileprivate func harmless(keepingColor: Bool = false) -> String {
        let scalars = Array(unicodeScalars)
        guard scalars.contains(where: \.steersTerminals) else { return String(self) }
        var result = String.UnicodeScalarView()
        var rest = scalars[...]
        while let scalar = rest.first {
            let sequence = keepingColor ? Style.sequences.first { rest.starts(with: $0) } : nil
            if let sequence {
                result.append(contentsOf: sequence)
            } else {
                result.append(scalar.steersTerminals ? "\u{FFFD}" : scalar)
            }
            rest = rest.dropFirst(sequence?.count ?? 1)
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    fileprivate var steersTerminals: Bool {
        switch value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

/// `write(2)`, which `Terminal.write` hides inside its own scope.
private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
