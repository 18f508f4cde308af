// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import JSON
import Kubernetes
import YAML

/// The floor of the apply bench: sends the same server-side applies over the same transport, kind after kind, and does nothing else.
///
/// usage: ApplyLoop KUBECONFIG NAMESPACE FOLDER CONCURRENCY
@main
enum ApplyLoop {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let configuration = try ClusterConfiguration.resolve(kubeconfig: arguments[1], context: nil, environment: [:])
        let client = KubernetesClient(configuration: configuration, userAgent: "apply-loop")
        let options = ApplyOptions(fieldManager: "apply-loop", force: true, dryRun: false)
        for objects in try byKind(folder: arguments[3], namespace: arguments[2]) {
            _ = try await objects.concurrentMap(limit: Int(arguments[4]) ?? 8) { object in
                _ = try await client.apply(object, options: options, deadline: .after(.seconds(60)))
            }
        }
    }

    private static func byKind(folder: String, namespace: String) throws -> [[JSONValue]] {
        var kinds: [String: [JSONValue]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".yaml") {
            let bytes = Array(FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data())
            for var object in YAML.parse(bytes, file: name).documents.map(\.value) {
                object["metadata"]?["namespace"] = .string(namespace)
                kinds[object["kind"]?.stringValue ?? "", default: []].append(object)
            }
        }
        return ["ServiceAccount", "Service", "Deployment", "Ingress"].compactMap { kinds[$0] }
    }
}
