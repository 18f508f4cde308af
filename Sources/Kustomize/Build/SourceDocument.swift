// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import YAML

/// One YAML document of a file, which can tell where its fields stand.
struct SourceDocument {
    let path: String
    let bytes: [UInt8]
    /// From 0.
    let index: Int
    /// Where its first node begins.
    let start: SourcePosition?

    /// What may be read again to find the places of many fields, in bytes.
    static let mostSearched = 64 << 20

    /// Where a field, or the nearest one around it that is written, stands.
    func position(of tokens: [String]) -> SourcePosition? {
        var tokens = tokens[...]
        while !tokens.isEmpty {
            let pointer = JSONPointer(tokens: Array(tokens))
            if let position = YAML.position(of: pointer, document: index, in: bytes) { return position }
            tokens.removeLast()
        }
        return start
    }

    func problem(_ rule: KustomizeProblem.Rule, _ message: String, at tokens: [String]) -> KustomizeProblem {
        KustomizeProblem(rule, message, path: path, position: position(of: tokens), field: tokens)
    }

    func problem(_ refusal: Refusal, at tokens: [String]) -> KustomizeProblem {
        problem(refusal.rule, refusal.message, at: tokens)
    }

    /// Gives what `body` refuses the place of a field.
    func locating<Result>(
        _ tokens: [String],
        _ body: () throws(Refusal) -> Result
    ) throws(KustomizeProblem) -> Result {
        do throws(Refusal) {
            return try body()
        } catch {
            throw problem(error, at: tokens)
        }
    }
}
