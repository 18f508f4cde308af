// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import Kubernetes

/// A server's words about an object, which may quote its values: withheld where the object is a Secret.
enum SafeMessage {
    static func of(_ error: any Error, for desired: DesiredObject) -> String {
        guard SecretKeeper.isSecret(desired.manifest) else {
            let words = String(describing: error)
            return words + nextStep(after: words)
        }
        let status = (error as? KubernetesError).map { "HTTP \($0.httpStatus.map(String.init) ?? "error")" } ?? "error"
        return "the server refused the Secret (\(status)); its words are withheld because they can quote values"
    }

    /// What to do about a refusal, behind a semicolon; nothing where the server says it itself.
    static func nextStep(after words: String) -> String {
        nextSteps.first { words.contains($0.words) }.map { "; " + $0.step } ?? ""
    }

    private static let nextSteps = [
        (words: "failed calling webhook", step: "mend the webhook, or have its configuration pass over this object"),
        (words: "conversion webhook for", step: "mend the webhook that the kind's CustomResourceDefinition names"),
        (words: "failed to create typed patch object", step: "mend the field that it names"),
        (words: "exceeded quota", step: "ask for less, or have the quota raised"),
        (words: "request is too large", step: "divide it: a cluster keeps about 1.5 MiB in one object"),
        (words: "message larger than max", step: "divide it: a cluster keeps about 1.5 MiB in one object"),
        (words: "Too long: ", step: "divide it, or shorten it"),
    ]
}
