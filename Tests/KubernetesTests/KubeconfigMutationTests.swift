// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import TestSupport
import Testing
import Transport

/// Damaged kubeconfigs are read or refused, and nothing else.
@Suite struct KubeconfigMutationTests {
    private static let whole = """
        apiVersion: v1
        kind: Config
        current-context: a
        contexts:
        - name: a
          context: {cluster: c, user: u, namespace: team}
        clusters:
        - name: c
          cluster:
            server: https://[::1]:6443/base
            tls-server-name: x.example.com
            proxy-url: http://u:p@proxy:3128
            certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
            extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]
        users:
        - name: u
          user:
            as: ada
            as-groups: &groups [g, h]
            as-user-extra: {scope: *groups}
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: plugin
              args: [a, b]
              env: [{name: A, value: b}]
              interactiveMode: IfAvailable
              provideClusterInfo: true
              installHint: |
                Install it.
        """
    private static let pieces = [
        "null", "{}", "[]", "- ", ": ", "\n", "  ", "'", "\"", "*groups", "&x ", "!!binary ", "0x1F", "true", "\u{0}",
        "\u{7F}", "é", "://",
        "@", "]", "%zz", "<<: ",
    ].map { Array($0.utf8) }

    @Test func `damaged kubeconfigs never crash, whoever wrote them`() throws {
        var generator = SeededGenerator(seed: 7)
        var outcomes = [true: 0, false: 0]
        for round in 0..<4_000 {
            var bytes = Array(Self.whole.utf8)
            for _ in 0..<(round % 4) { mutate(&bytes, &generator) }
            for trust in [KubeconfigTrust.ownUser, .untrusted] {
                let result = Result {
                    try ClusterConfiguration.parse(
                        kubeconfig: bytes,
                        name: "damaged",
                        trust: trust,
                        reach: .anywhere,
                        environment: ["PATH": "/bin"]
                    )
                }
                if case .failure(let error) = result {
                    #expect("\(error)".hasPrefix("damaged"))
                    outcomes[false, default: 0] += 1
                } else {
                    outcomes[true, default: 0] += 1
                }
            }
        }
        // Both happen, or the damage was too little or too much.
        #expect(outcomes.values.allSatisfy { $0 > 100 }, "\(outcomes)")
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
        let length = Int.random(in: 0...min(20, bytes.count - place), using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.removeSubrange(place..<place + length)
        case 1: bytes.insert(contentsOf: generator.pick(from: Self.pieces), at: place)
        case 2: bytes.replaceSubrange(place..<place + length, with: generator.pick(from: Self.pieces))
        default: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
        }
    }
}
