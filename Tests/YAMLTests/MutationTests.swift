// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

@testable import YAML

@Suite struct `A damaged manifest` {
    @Test(arguments: 0..<20) func `is read or refused, and stays in the limits`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let limits = YAMLLimits(depth: 32, documents: 100, errors: 10)
        let corpus = try #require(Self.corpus.randomElement(using: &random))
        for _ in 0..<150 {
            var bytes = Array(corpus.utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) { Self.damage(&bytes, &random) }
            let stream = YAML.parse(bytes, file: "damaged.yaml", limits: limits)
            #expect(stream.errors.count <= limits.errors + 1)
            #expect(stream.documents.count <= limits.documents)
            for document in stream.documents {
                let again = YAML.parse(Array(YAML.emit(document.value).utf8), file: "again.yaml")
                #expect(again.documents.first?.value == document.value)
                #expect(
                    YAML.position(of: JSONPointer(tokens: []), document: document.index, in: bytes) == document.position
                )
            }
        }
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.insert(Array("{}[],:-?&*!|>'\"%\t\n #<~".utf8).randomElement(using: &random) ?? 0, at: position)
        case 3: bytes.removeSubrange(position..<min(position + 3, bytes.count - 1))
        default:
            let end = min(position + Int.random(in: 1..<40, using: &random), bytes.count)
            bytes.insert(contentsOf: Array(bytes[position..<end]), at: Int.random(in: 0..<bytes.count, using: &random))
        }
    }

    private static let corpus = [
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels: {app: web, tier: "front"}
        spec:
          replicas: 3
          template:
            spec:
              containers:
              - name: web
                image: nginx:1.27
                args: ["--port", '8080', --verbose]
                resources:
                  limits: {cpu: 500m, memory: 1Gi}
        ---
        apiVersion: v1
        kind: ConfigMap
        data:
          script: |
            #!/bin/sh
            echo hi

          folded: >-
            one
            two
        """,
        """
        %YAML 1.1
        ---
        base: &base
          <<: {a: 1}
          list: &list [1, 2.5, 0x1F, ~, yes]
        copy:
          <<: *base
          own: *list
          ? complex key
          : "\\u00e9 \\x41\\n"
        ...
        # between
        --- !foo
        - !!binary aGVsbG8=
        - !!str 12
        - 'it''s'
        - - deep
          - [[[1]]]
        """,
    ]
}
