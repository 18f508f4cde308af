// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON

/// What a server shows of one object.
package enum ObjectSight: Sendable {
    case live(JSONValue)
    case absent
    /// Nobody can tell, for this reason.
    case unknown(any Error)
}

extension KubernetesClient {
    /// The object, or `nil` if there is none.
    package func find(
        _ type: GroupVersionKind,
        namespace: String?,
        name: String,
        deadline: Deadline
    ) async throws -> JSONValue? {
        do {
            return try await get(type, namespace: namespace, name: name, deadline: deadline)
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }

    /// Looks at one object, for whoever goes on whatever is seen.
    package func look(
        at type: GroupVersionKind,
        _ key: ObjectKey,
        deadline: Deadline = .after(.seconds(15))
    ) async -> ObjectSight {
        do {
            let object = try await find(type, namespace: key.namespace, name: key.name, deadline: deadline)
            return object.map { .live($0) } ?? .absent
        } catch {
            return .unknown(error)
        }
    }
}
