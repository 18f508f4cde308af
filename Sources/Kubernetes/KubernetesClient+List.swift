// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON

extension KubernetesClient {
    /// All objects of a kind, page by page.
    ///
    /// - Parameters:
    ///   - namespace: `nil` for all namespaces, or for a kind of the cluster.
    ///   - metadataOnly: asks for `PartialObjectMetadata`: no object's content crosses the wire.
    package func list(
        _ type: GroupVersionKind,
        namespace: String?,
        labelSelector: String? = nil,
        metadataOnly: Bool = false,
        pageSize: Int = 500,
        deadline: Deadline
    ) async throws -> [JSONValue] {
        let scope = ObjectScope(
            type,
            namespace: namespace,
            labelSelector: labelSelector,
            metadataOnly: metadataOnly
        )
        var restarts = 0
        var isLookedUpAnew = false
        while true {
            do {
                return try await pages(scope, size: pageSize, deadline: deadline)
            } catch let error as KubernetesError where error.code == .gone && restarts < 3 {
                // The continue token expired between two pages: the snapshot is gone, so the list begins anew.
                restarts += 1
            } catch let error as KubernetesError where error.code == .notFound && !isLookedUpAnew {
                isLookedUpAnew = true
            }
        }
    }

    /// More than any cluster holds of a kind in a place, and no list without end.
    private static let mostItems = 1_000_000

    private func pages(_ scope: ObjectScope, size: Int, deadline: Deadline) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var token: String?
        repeat {
            let page = try await page(scope, token: token, size: size, deadline: deadline)
            items += page["items"]?.arrayValue ?? []
            token = page["metadata"]?["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
            guard items.count <= Self.mostItems else {
                throw KubernetesError(
                    .malformedAnswer,
                    "a list of \(scope.type) has more than \(Self.mostItems) objects"
                )
            }
        } while token != nil
        return items
    }

    /// A page of a list: the first one, or the one that a token leads to.
    func page(_ scope: ObjectScope, token: String?, size: Int, deadline: Deadline) async throws -> JSONValue {
        var call = try await call(scope, deadline: deadline)
        call.query.append(("limit", String(size)))
        if let token { call.query.append(("continue", token)) }
        call.headers = scope.accept("PartialObjectMetadataList")
        do {
            var page = try await answer(call, deadline: deadline).object
            page["items"] = .array((page["items"]?.arrayValue ?? []).map(scope.named))
            return page
        } catch let error as KubernetesError where error.code == .notFound {
            // There is always a list of a kind that is served, if only an empty one: this one went since it was looked up.
            forgetDiscovery()
            throw error
        }
    }

    /// What asks for the objects of a scope, in whatever form.
    func call(_ scope: ObjectScope, deadline: Deadline) async throws -> Call {
        let path = try await connection.path(
            of: scope.type,
            namespace: scope.namespace,
            name: nil,
            deadline: deadline
        )
        return Call(method: "GET", path: path, query: scope.labelSelector.map { [("labelSelector", $0)] } ?? [])
    }
}
