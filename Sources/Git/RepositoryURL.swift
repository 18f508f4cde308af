// SPDX-License-Identifier: Apache-2.0

/// The address of a repository, checked: `https://host[:port]/path`, or `file:///path` where the caller allows it.
struct RepositoryURL: Sendable {
    enum Scheme: Sendable {
        case https
        case file
    }

    let scheme: Scheme
    /// The address, without a slash at its end; it holds no user information, query or fragment, so it can be shown.
    let text: String

    init(_ text: String, allowsFileURLs: Bool) throws(GitError) {
        guard let separator = text.firstIndex(of: ":"), text[separator...].hasPrefix("://") else {
            throw Self.refusal(text, "it is not an absolute URL; write https://host/path")
        }
        let rest = text[separator...].dropFirst(3)
        if let scalar = text.unicodeScalars.first(where: { !$0.isVisible || $0 == "\\" || !$0.isASCII }) {
            throw Self.refusal(text, "it contains the character \(scalar.codePoint); percent-encode it")
        }
        if rest.contains("?") || rest.contains("#") {
            throw Self.refusal(text, "it has a query or a fragment; remove it")
        }
        switch text[..<separator].lowercased() {
        case "https":
            try Self.checkAuthority(of: rest, in: text)
            scheme = .https
        case "file":
            guard allowsFileURLs else { throw Self.refusal(text, "file URLs are not allowed here; use https://") }
            guard rest.hasPrefix("/") else { throw Self.refusal(text, "a file URL has three slashes: file:///path") }
            scheme = .file
        default:
            throw Self.refusal(text, "only https:// repositories are fetched")
        }
        if rest.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) {
            throw Self.refusal(text, "its path has a '.' or '..' part")
        }
        var trimmed = text
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.text = trimmed
    }

    private static func checkAuthority(of rest: Substring, in text: String) throws(GitError) {
        let authority = rest.prefix { $0 != "/" }
        if authority.contains("@") {
            throw refusal(text, "it contains a user name or password; give credentials apart from the URL")
        }
        guard !authority.isEmpty, !authority.hasPrefix(":") else { throw refusal(text, "it names no host") }
    }

    private static func refusal(_ text: String, _ reason: String) -> GitError {
        GitError(.invalidURL, "the repository URL \(redacted(text)) is refused: \(reason)")
    }

    /// Without user information, query and fragment: what is left may be shown.
    private static func redacted(_ text: String) -> String {
        let bare = text.prefix { $0 != "?" && $0 != "#" }
        guard let separator = bare.firstRange(of: "://") else {
            // The form user@host:path; everything before the last '@' may be a secret.
            return "'\(String(bare.split(separator: "@").last ?? "").escapedForDisplay)'"
        }
        let rest = bare[separator.upperBound...]
        // A password may hold slashes that were not encoded: cut at the last '@' of all.
        let shown = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        return "'\(String(bare[..<separator.upperBound] + shown).escapedForDisplay)'"
    }
}
