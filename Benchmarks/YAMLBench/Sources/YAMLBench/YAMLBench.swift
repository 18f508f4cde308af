// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import YAML
import Yams

/// 1,000 manifests to JSON values, against Yams in the same run.
@main
enum YAMLBench {
    static func main() throws {
        let text = (0..<1_000).map(manifest).joined(separator: "---\n")
        let bytes = Array(text.utf8)
        let ours = try median { YAML.parse(bytes, file: "bench").documents.count }
        let peer = try median { try Array(Yams.load_all(yaml: text)).count }
        let rate = Double(bytes.count) / 1_000_000 / ours
        let peerRate = Double(bytes.count) / 1_000_000 / peer
        let result: JSONValue = [
            [
                "name": "yaml", "value": number(rate), "unit": "MB/s", "peer": "Yams", "peerValue": number(peerRate),
                "ratio": number(rate / peerRate), "bar": 5, "pass": .bool(rate / peerRate >= 5),
            ]
        ]
        print(String(decoding: result.serialized(pretty: true), as: UTF8.self))
    }

    /// The median of five runs, in seconds; each must read every manifest.
    private static func median(_ work: () throws -> Int) throws -> Double {
        let clock = ContinuousClock()
        let times = try (0..<5).map { _ in
            let start = clock.now
            guard try work() == 1_000 else { throw CocoaError(.coderReadCorrupt) }
            return (clock.now - start) / .seconds(1)
        }
        return times.sorted()[2]
    }

    private static func number(_ value: Double) -> JSONValue { .number(((value * 100).rounded() / 100).description) }

    private static func manifest(_ index: Int) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: app-\(index)
          namespace: models
          labels: {app: app-\(index), version: "1.\(index)"}
        spec:
          replicas: 3
          selector:
            matchLabels:
              app: app-\(index)
          template:
            metadata:
              labels:
                app: app-\(index)
            spec:
              serviceAccountName: app-\(index)
              containers:
              - name: model
                image: registry/model:v1.\(index)
                args: ["--port=8080", "--level", info]
                env:
                - name: MODEL_URI
                  value: models:/app/\(index)
                - name: DEBUG
                  value: "false"
                ports:
                - name: http
                  containerPort: 8080
                resources:
                  limits: {cpu: 1000m, memory: 2Gi}
                readinessProbe:
                  httpGet: {path: /ready, port: 8080}
                  periodSeconds: 5

        """
    }
}
