// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Bad input as an Environment's status tells it.
@Suite struct BadEnvironmentTests {
    @Test func `an Environment says what is wrong, where, and goes on when it is mended`() async throws {
        let site = try await ControllerSite()
        let page = try BadInputPage()
        try await site.push(
            """
            printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: good}\\n' > good.yaml
            printf 'apiVersion: v1\\nkind: Service\\nmetadata: {name: bad}\\nspec: {ports: many}\\n' > bad.yaml
            """
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        func expect(_ scene: BadScene, reason: String) async throws {
            try await eventually("the status says: \(scene.rawValue)") {
                let status = try await site.get(
                    "environment",
                    "e",
                    "-o",
                    "jsonpath={.status.conditions[?(@.type=='Ready')]['reason','message']}"
                )
                return status.hasPrefix(reason + " ")
                    && page[scene.rawValue].matches([String(status.dropFirst(reason.count + 1))])
            }
        }
        try await expect(.objectIsRefused, reason: "PartiallyRefused")
        #expect(try await site.get("configmap", "good", "-o", "name") == "configmap/good\n")

        try await patch(site, path: "\"../elsewhere\"")
        try await expect(.pathLeadsUpwards, reason: "InvalidSpec")
        try await patch(site, path: "\"nowhere\"")
        try await expect(.pathIsNotThere, reason: "InvalidPath")
        try await patch(site, path: "null")

        try await site.bash(
            """
            cd work
            root=$({ git ls-tree HEAD; printf '100644 blob %s\\t..\\n' $(git rev-parse HEAD:good.yaml); } | git mktree)
            git push -q origin $(git commit-tree -p HEAD -m Bad $root):main
            """
        )
        try await expect(.treeLeadsUpwards, reason: "Refused")
        try await site.bash("cd work && git push -q -f origin main")
        try await site.push("git rm -q bad.yaml")
        try await eventually("it is ready") {
            try await site.get("environment", "e", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}")
                == "True"
        }
    }

    private func patch(_ site: ControllerSite, path: String) async throws {
        try await site.patch("environment", "e", #"{"spec":{"path":\#(path)}}"#)
    }
}
