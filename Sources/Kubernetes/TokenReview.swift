// SPDX-License-Identifier: Apache-2.0

package import Concurrency
internal import JSON
internal import Transport

extension KubernetesClient {
    /// Whose token it is, as the API server knows; `nil` if it is nobody's, or not any more. A review is answered and not kept.
    ///
    /// No error holds the token: what the server says of a bad one is left out.
    package func subject(ofToken token: String, deadline: Deadline) async throws -> AccessSubject? {
        let review: JSONValue = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": [:],
            "spec": ["token": .string(token)],
        ]
        let answer = try await answer(
            Call(
                method: "POST",
                path: "/apis/authentication.k8s.io/v1/tokenreviews",
                headers: [.init("Content-Type", "application/json")],
                body: review.serialized()
            ),
            deadline: deadline
        )
        guard answer.object["status"]?["authenticated"]?.boolValue == true, let user = answer.object["status"]?["user"],
            let name = user["username"]?.stringValue, !name.isEmpty
        else { return nil }
        return AccessSubject(
            user: name,
            groups: Self.texts(user["groups"]),
            uid: user["uid"]?.stringValue,
            extra: (user["extra"]?.objectValue ?? [:]).reduce(into: [:]) { $0[$1.key] = Self.texts($1.value) }
        )
    }

    private static func texts(_ list: JSONValue?) -> [String] { (list?.arrayValue ?? []).compactMap(\.stringValue) }
}
