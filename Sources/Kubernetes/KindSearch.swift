// SPDX-License-Identifier: Apache-2.0

package import Concurrency
internal import JSON

/// Looks for kinds where a manifest does not name the version that the server serves them at.
extension KubernetesClient {
    /// Where kinds of a group have gone, or are taken to be by those who leave the group out.
    private static let successors: [String: [String]] = [
        "": ["apps/v1", "batch/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "policy/v1"],
        "extensions": ["apps/v1", "networking.k8s.io/v1"],
    ]

    /// How the server serves a kind in the versions of its group, the preferred one first; nothing if it serves it in none.
    package func versions(serving kind: GroupKind, deadline: Deadline) async throws -> [APIResource] {
        var found: [APIResource] = []
        for version in try await versions(of: kind.group, deadline: deadline) {
            let type = GroupVersionKind(group: kind.group, version: version, kind: kind.kind)
            if let resource = try await resource(for: type, deadline: deadline) { found.append(resource) }
        }
        return found
    }

    /// The `apiVersion`s that may have been meant by one in which the server does not serve the kind. A hint only: what cannot be read is left out.
    package func likelyVersions(for type: GroupVersionKind, deadline: Deadline) async -> [String] {
        var found = (try? await versions(serving: type.groupKind, deadline: deadline).map(\.type.apiVersion)) ?? []
        for version in Self.successors[type.group] ?? [] {
            guard let candidate = GroupVersionKind(apiVersion: version, kind: type.kind),
                (try? await resource(for: candidate, deadline: deadline)) != nil
            else { continue }
            found.append(version)
        }
        return found
    }

    private func versions(of group: String, deadline: Deadline) async throws -> [String] {
        guard !group.isEmpty else { return ["v1"] }
        do {
            let path = "/apis/" + PercentEncoding.encode(group)
            let answer = try await answer(Call(method: "GET", path: path), deadline: deadline).object
            let preferred = answer["preferredVersion"]?["version"]?.stringValue
            let all = (answer["versions"]?.arrayValue ?? []).compactMap { $0["version"]?.stringValue }
            return all.filter { $0 == preferred } + all.filter { $0 != preferred }
        } catch let error as KubernetesError where error.code == .notFound {
            return []
        }
    }
}
