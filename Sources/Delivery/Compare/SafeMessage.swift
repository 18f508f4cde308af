// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Kubernetes

/// A server's words about an object, which may quote its values: withheld where the object is a Secret.
enum SafeMessage {
    static func of(_ error: any Error, for desired: DesiredObject) -> String {
        guard SecretKeeper.isSecret(desired.manifest) else { return String(describing: error) }
        let status = (error as? KubernetesError).map { "HTTP \($0.httpStatus.map(String.init) ?? "error")" } ?? "error"
        return "the server refused the Secret (\(status)); its words are withheld because they can quote values"
    }
}
