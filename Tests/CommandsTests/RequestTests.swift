// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import TestSupport
import Testing

/// What people ask a running controller for.
@Suite(.serialized) struct RequestTests {
    @Test func `a suspended Environment is left alone, and goes on when it is resumed`() async throws {
        let site = try await ControllerSite()
        try await site.push(
            "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\ndata: {a: one}\\n' > a.yaml"
        )
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let ready = try await site.taffrail("reconcile", "environment/e", "--with-source", "-o", "json")
        #expect(ready.status == 0, "\(ready)")
        let item = try JSONValue(parsing: ready.output)["items"]?[0]
        #expect(item?["ready"] == true && item?["reason"] == "ReconciliationSucceeded", "\(ready)")
        #expect(try await site.get("configmap", "a", "-o", "jsonpath={.data.a}") == "one")

        #expect(try await site.taffrail("suspend", "tenv", "e").output.contains("environment/e is suspended"))
        #expect(try await site.taffrail("suspend", "tenv/e").output.contains("was suspended already"))
        let waiting = try await site.taffrail("reconcile", "tenv", "e", "-q")
        #expect(waiting.status == 1 && waiting.errors.contains("taffrail resume environment/e"), "\(waiting)")
        try await site.push("sed -i s/one/two/ a.yaml")
        #expect(try await site.taffrail("reconcile", "crepo/m", "-q").status == 0)
        #expect(try await site.get("configmap", "a", "-o", "jsonpath={.data.a}") == "one")

        let resumed = try await site.taffrail("resume", "environments/e", "-q")
        #expect(resumed.status == 0 && resumed.output.contains("ReconciliationSucceeded"), "\(resumed)")
        #expect(try await site.get("configmap", "a", "-o", "jsonpath={.data.a}") == "two")
        let history = try await site.get("environment", "e", "-o", "jsonpath={.status.history[*].reason}")
        #expect(history == "ReconciliationSucceeded ReconciliationSucceeded")
    }

    @Test func `what is not Ready afterwards is told, with an exit status`() async throws {
        let site = try await ControllerSite()
        try await site.push("printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\nbad: true\\n' > a.yaml")
        let (controller, _) = try await site.launch()
        defer { controller.end(SIGTERM) }
        let result = try await site.taffrail("reconcile", "environment", "e", "--with-source", "-q")
        #expect(result.status == 1 && result.output.contains("False"), "\(result)")
    }

    @Test func `without a controller the wait ends, and says so`() async throws {
        let site = try await ControllerSite()
        let result = try await site.taffrail("reconcile", "environment/e", "--timeout", "1s", "-q")
        #expect(result.status == 1 && result.errors.contains("see that a controller runs"), "\(result)")
        #expect(try await site.taffrail("reconcile", "environment/e", "--no-wait").status == 0)
        let missing = try await site.taffrail("suspend", "environment/nobody")
        #expect(missing.status == 1 && missing.errors.contains("there is no Environment 'nobody'"), "\(missing)")
    }

    @Test(arguments: [
        ([], "name what is meant"), (["environment"], "name the Environment"), (["pod/x"], "'pod' is neither"),
        (["environment/"], "is no KIND/NAME"), (["environment/a", "b"], "'b' is no KIND/NAME"),
        (["environment", "crepo/b"], "has a kind of its own"),
    ])
    func `what names nothing is refused before anything is asked`(words: [String], message: String) async throws {
        let result = try await run(Parts.product("taffrail"), ["suspend"] + words)
        #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
    }
}
