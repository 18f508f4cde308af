// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Delivery
internal import Kubernetes
internal import TaffrailAPI

/// A resource of ours that somebody asks something of.
struct NamedResource: Sendable, Hashable, CustomStringConvertible {
    let type: GroupVersionKind
    let name: String

    /// As it is written on the command line.
    var description: String { "\(type.kind.lowercased())/\(name)" }
}

/// Resources on a command line, as kubectl takes them: `KIND/NAME …` or `KIND NAME …`.
struct ResourceNames: ParsableArguments {
    /// By the names that kubectl takes, too.
    private static let kinds = names(TaffrailAPI.Environment.self, .environment)
        .merging(names(ConfigRepository.self, .configRepository)) { first, _ in first }

    private static func names(
        _ resource: any CustomResource.Type,
        _ type: GroupVersionKind
    ) -> [String: GroupVersionKind] {
        let names = [resource.kind.lowercased(), resource.plural] + resource.shortNames
        return Dictionary(names.map { ($0, type) }) { first, _ in first }
    }

    @Argument(
        help: ArgumentHelp(
            "Environments and ConfigRepositories, as KIND/NAME or as KIND followed by names.",
            valueName: "resource"
        )
    )
    var words: [String] = []

    @Option(name: .shortAndLong, help: "Their namespace, instead of the context's.")
    var namespace: String?

    func validate() throws { _ = try resources() }

    /// - Throws: `ValidationError`, with the word that names nothing.
    func resources() throws -> [NamedResource] {
        guard let first = words.first else {
            throw ValidationError("name what is meant, such as environment/production")
        }
        guard first.contains("/") else {
            let type = try Self.kind(first)
            guard words.count > 1 else { throw ValidationError("name the \(type.kind), such as \(first)/production") }
            return try words.dropFirst().map { word in
                guard !word.contains("/") else {
                    throw ValidationError("'\(word)' has a kind of its own, and '\(first)' is one already: use one way")
                }
                return NamedResource(type: type, name: word)
            }
        }
        return try words.map { word in
            let parts = word.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw ValidationError("'\(word)' is no KIND/NAME, such as environment/production")
            }
            return NamedResource(type: try Self.kind(String(parts[0])), name: String(parts[1]))
        }
    }

    private static func kind(_ word: String) throws -> GroupVersionKind {
        guard let type = kinds[word.lowercased()] else {
            throw ValidationError("'\(word)' is neither environment (tenv) nor configrepository (crepo)")
        }
        return type
    }
}
