// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The two streams of a command: results on the one, everything else on the other.
enum Terminal {
    /// A line of the result.
    static func write(_ text: some StringProtocol) {
        put(text + "\n", to: STDOUT_FILENO)
    }

    /// A line for the person who waits: progress, warnings, what to do next.
    static func note(_ text: some StringProtocol) {
        put(text + "\n", to: STDERR_FILENO)
    }

    /// Colour is for people: not for pipes, and not where `NO_COLOR` asks for none (no-color.org).
    static let hasColor: Bool = {
        guard isatty(STDOUT_FILENO) == 1 else { return false }
        return getenv("NO_COLOR").map { String(cString: $0).isEmpty } ?? true
    }()

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
enum Style: String {
    case added = "32"
    case removed = "31"
    case changed = "33"
    case faint = "2"

    func apply(_ text: String) -> String {
        Terminal.hasColor ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// `write(2)`, which `Terminal.write` hides inside its own scope.
private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
