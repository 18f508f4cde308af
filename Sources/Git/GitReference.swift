// SPDX-License-Identifier: Apache-2.0

/// What is followed in a repository.
package enum GitReference: Sendable, Hashable, CustomStringConvertible {
    /// The tip of a branch, by its short name: `main`.
    case branch(String)
    /// One commit, which must be reachable from a branch of the server.
    case commit(ObjectID)

    package var description: String {
        switch self {
        case .branch(let name): "branch '\(name.escapedForDisplay)'"
        case .commit(let id): "commit \(id)"
        }
    }
}

/// The rules for the short name of a branch: those of `git check-ref-format`, and no invisible characters.
enum BranchName {
    private static let maximumBytes = 255
    private static let forbidden: Set<Unicode.Scalar> = ["~", "^", ":", "?", "*", "[", "\\", "\"", "'"]

    /// Why `name` is not the name of a branch, or `nil` if it is one.
    static func fault(in name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.utf8.count > maximumBytes { return "it is longer than \(maximumBytes) bytes" }
        if name.hasPrefix("refs/") { return "it starts with 'refs/': give the short name" }
        if name.hasPrefix("-") { return "it starts with '-'" }
        if name == "@" || name == "HEAD" { return "it is a word that Git gives another meaning" }
        if name.hasSuffix(".") { return "it ends with '.'" }
        for part in ["..", "@{"] where name.contains(part) { return "it contains '\(part)'" }
        if let scalar = name.unicodeScalars.first(where: { !$0.isVisible || forbidden.contains($0) }) {
            return "it contains the character \(scalar.codePoint)"
        }
        for component in name.split(separator: "/", omittingEmptySubsequences: false) {
            if component.isEmpty { return "it has an empty part between slashes" }
            if component.hasPrefix(".") { return "a part of it starts with '.'" }
            if component.hasSuffix(".lock") { return "a part of it ends with '.lock'" }
        }
        return nil
    }
}
