// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Keys

/// Has the credentials of a connection at hand, wherever they come from.
final class Authenticator: Sendable {
    private enum Source: Sendable {
        case fixed(Credential)
        case file(TokenFile)
        case plugin(PluginAuthenticator)
    }

    private let source: Source

    init(_ configuration: ClusterConfiguration) {
        switch configuration.credentials {
        case .none: source = .fixed(.nothing)
        case .token(let token): source = .fixed(.token(token))
        case .basic(let user, let password):
            let text = Base64.encode(Array("\(user):\(password)".utf8))
            source = .fixed(Credential(authorization: "Basic " + text))
        case .tokenFile(let path, let otherwise): source = .file(TokenFile(path, otherwise: otherwise))
        case .plugin(let plugin): source = .plugin(PluginAuthenticator(plugin))
        }
    }

    /// The credential of a request that is made now.
    func credential(deadline: Deadline) async throws -> Credential {
        switch source {
        case .fixed(let credential): credential
        case .file(let file): .token(try file.token())
        case .plugin(let authenticator): try await authenticator.credential(deadline: deadline)
        }
    }

    /// Told that the server did not take a credential.
    ///
    /// - Returns: whether there may be another one.
    func forget(_ credential: Credential) -> Bool {
        switch source {
        case .fixed: return false
        case .file(let file): file.forget()
        case .plugin(let authenticator): authenticator.forget(credential)
        }
        return true
    }
}
