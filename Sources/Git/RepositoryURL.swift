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
            throw Self.refusal(text, "it is not an absolute URL; write \(Self.httpsForm(of: text))")
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
            throw Self.refusal(text, "only https:// repositories are fetched; write \(Self.httpsForm(of: text))")
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

    private static func redacted(_ text: String) -> String {
        let (scheme, rest) = harmlessParts(of: text)
        return "'\((scheme + rest).escapedForDisplay)'"
    }

    /// The scheme, `https://`, where there is one, and what comes behind it, without user information, query and fragment: both may be shown.
    private static func harmlessParts(of text: String) -> (scheme: String, rest: String) {
        let bare = text.prefix { $0 != "?" && $0 != "#" }
        let start = bare.firstRange(of: "://")?.upperBound ?? bare.startIndex
        // Everything before the last '@' may be a secret: a password may hold slashes that were not encoded.
        let rest = bare[start...]
        let shown = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        return (String(bare[..<start]), String(shown))
    }

    /// What a forge most likely calls the same repository over https: `git@host:path` and `ssh://git@host:22/path` are `https://host/path`.
    private static func httpsForm(of text: String) -> String {
        let (scheme, rest) = harmlessParts(of: text)
        let host = rest.prefix { $0 != ":" && $0 != "/" }
        var path = rest.dropFirst(host.count)
        if !scheme.isEmpty, path.first == ":" { path = path.drop { $0 != "/" } }
        path = path.drop { $0 == ":" || $0 == "/" }
        guard !host.isEmpty, !path.isEmpty, scheme != "file://" else { return "https://host/path" }
        return "https://\(host)/\(path)".escapedForDisplay
    }
}
