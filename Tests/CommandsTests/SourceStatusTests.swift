// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What a ConfigRepository says while it cannot be fetched, and that nothing in the cluster suffers.
@Suite(.serialized) struct SourceStatusTests {
    private struct Case: CustomTestStringConvertible {
        let testDescription: String
        /// Breaks what was fetched from, and gives back how it is mended.
        let spoil: @Sendable (ControllerSite) async throws -> (ControllerSite) async throws -> Void
        let words: [String]
    }

    private static let cases = [
        Case(
            testDescription: "an unreachable server",
            spoil: { site in
                let url = try await site.get("configrepository", "m", "-o", "jsonpath={.spec.url}")
                try await site.patch("configrepository", "m", #"{"spec":{"url":"https://127.0.0.1:1/m.git"}}"#)
                return { try await $0.patch("configrepository", "m", #"{"spec":{"url":"\#(url)"}}"#) }
            },
            words: ["https://127.0.0.1:1/m.git", "connect"]
        ),
        Case(
            testDescription: "a server of another authority",
            spoil: { site in
                let authority = try await site.get("secret", "git", "-o", #"jsonpath={.data.ca\.crt}"#)
                // Some authority, but not this server's.
                let other = URL(filePath: site.kubeconfig).deletingLastPathComponent().appending(path: "ca.crt")
                let text = try Data(contentsOf: other).base64EncodedString()
                try await site.patch("secret", "git", #"{"data":{"ca.crt":"\#(text)"}}"#)
                // What a Secret says holds for a while, unless somebody asks.
                let ask = #"{"metadata":{"annotations":{"taffrail.dev/requestedAt":"spoilt"}}}"#
                try await site.patch("configrepository", "m", ask)
                return { try await $0.patch("secret", "git", #"{"data":{"ca.crt":"\#(authority)"}}"#) }
            },
            words: ["/m.git", "certificate"]
        ),
    ]

    @Test(arguments: cases)
    private func `a repository that cannot be fetched is told, and what was applied of it stays`(
        case: Case
    ) async throws {
        let site = try await ControllerSite()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\n' > one.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        try await eventually("it is applied") { try await site.condition("environment", "e").status == "True" }
        let revision = try await site.get("configrepository", "m", "-o", "jsonpath={.status.revision}")
        let mend = try await `case`.spoil(site)
        try await eventually("the ConfigRepository says so") {
            let ready = try await site.condition("configrepository", "m")
            return ready.status == "False" && ready.reason == "FetchFailed"
                && `case`.words.allSatisfy { ready.message.contains($0) }
        }
        #expect(try await site.get("configrepository", "m", "-o", "jsonpath={.status.revision}") == revision)
        #expect(try await site.get("configmap", "one", "-o", "name") == "configmap/one\n")
        try await mend(site)
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: two}\\n' > two.yaml")
        try await eventually("the next commit is applied") {
            try await !site.get("configmap", "two", "-o", "name").isEmpty
        }
        #expect(try await site.condition("configrepository", "m").reason == "Succeeded")
    }
}
