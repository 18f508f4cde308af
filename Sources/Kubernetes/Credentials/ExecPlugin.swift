// SPDX-License-Identifier: Apache-2.0

package import JSON

/// A program that hands out credentials, as a kubeconfig's `exec` describes it (`client.authentication.k8s.io`).
package struct ExecPlugin: Sendable, Hashable {
    package enum Version: String, Sendable, CaseIterable {
        case v1 = "client.authentication.k8s.io/v1"
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    /// Whether the program gets our standard input, to ask somebody something.
    package enum Interaction: String, Sendable, CaseIterable {
        case never = "Never"
        /// Where standard input is a terminal.
        case ifAvailable = "IfAvailable"
        /// And it is an error where standard input is no terminal.
        case always = "Always"
    }

    package let version: Version
    /// A path, or a name that is looked for in `$PATH`.
    package let command: String
    /// These may be secret: not for errors.
    package let arguments: [String]
    /// All of the program's environment but `KUBERNETES_EXEC_INFO`.
    package let environment: [String: String]
    package let interaction: Interaction
    /// What the program is told of the cluster, if it wants to know.
    package let cluster: JSONValue?
    /// How to install it, in the words of the kubeconfig's author.
    package let installHint: String
}
