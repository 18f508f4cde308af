// SPDX-License-Identifier: Apache-2.0

internal import Concurrency
internal import Transport

/// The HTTP client for a credential: another client certificate needs other connections.
final class ClientPool: Sendable {
    private struct State {
        var certificate: TLSConfiguration.ClientCertificate?
        var client: HTTPClient
    }

    private let configuration: ClusterConfiguration
    private let state: Locked<State>

    init(_ configuration: ClusterConfiguration) {
        self.configuration = configuration
        state = Locked(State(client: Self.client(configuration, nil)))
    }

    /// The client before is kept by the requests that are under way, until they end.
    func client(for credential: Credential) -> HTTPClient {
        state.withLock { state in
            if state.certificate != credential.clientCertificate {
                state = State(
                    certificate: credential.clientCertificate,
                    client: Self.client(configuration, credential.clientCertificate)
                )
            }
            return state.client
        }
    }

    private static func client(
        _ configuration: ClusterConfiguration,
        _ certificate: TLSConfiguration.ClientCertificate?
    ) -> HTTPClient {
        var tls = configuration.tls
        if let certificate { tls.clientCertificate = certificate }
        return HTTPClient(tls: tls, proxy: configuration.proxy, reach: configuration.reach)
    }
}
