// SPDX-License-Identifier: Apache-2.0

internal import CRE2

/// A regular expression, matched by RE2 in time linear in the text. Its syntax is that of Go's `regexp`, which is kustomize's.
final class RegularExpression: Sendable {
    /// Bytes that a compiled expression and its automaton may take.
    private static let memory: Int64 = 1 << 20

    // Made once, never changed, and safe to match from several threads at once.
    private nonisolated(unsafe) let handle: OpaquePointer

    /// - Throws: `invalid` for what is no expression.
    init(_ pattern: String) throws(Refusal) {
        var pattern = pattern
        handle = pattern.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { taffrail_re2_new($0.baseAddress, $0.count, Self.memory) }
        }
        guard let error = taffrail_re2_error(handle) else { return }
        throw .invalid("the regular expression '\(pattern)' cannot be read: \(String(cString: error))")
    }

    deinit {
        taffrail_re2_free(handle)
    }

    /// Whether the whole text matches.
    func matches(_ text: String) -> Bool { run(text, isWhole: true) }

    /// Whether some part of the text matches.
    func isFound(in text: String) -> Bool { run(text, isWhole: false) }

    private func run(_ text: String, isWhole: Bool) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                taffrail_re2_matches(handle, $0.baseAddress, $0.count, isWhole)
            }
        }
    }
}
