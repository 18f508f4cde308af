// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ControllerTests {
    /// Everything between a push and the record, with the controller killed on the way.
    @Test func `a controller that is killed leaves a log that verifies, and closes its intents on restart`()
        async throws
    {
        let kubeconfig = try await ControlPlane.kubeconfig()
        try Parts.require("nginx with fcgiwrap", Parts.has("nginx") && Parts.has("fcgiwrap"))
        let namespace = try makeNamespace(kubeconfig)
        let folder = try TemporaryDirectory()
        let server = Parts.root.appending(path: "scripts/git-server").path
        let started = try run(server, ["start", folder.path + "/git"])
        #expect(started.status == 0, "\(started.errors)")
        defer { _ = try? run(server, ["stop", folder.path + "/git"]) }
        let url = try String(contentsOfFile: folder.path + "/git/url", encoding: .utf8).trimmingCharacters(
            in: .newlines
        )
        let script = """
            set -e
            git init -q --bare -b main git/repos/m.git && git -C git/repos/m.git config http.receivepack true
            git init -q -b main work && cd work && git config user.name Ada && git config user.email a@example.com
            git remote add origin \(url)/m.git
            for i in $(seq 1 40); do printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c%s}\\n' $i > c$i.yaml; done
            git add -A && git commit -qm First && git push -q origin main
            """
        let made = try run(
            "bash",
            ["-c", script],
            environment: ["GIT_SSL_CAINFO": folder.path + "/git/ca.pem"],
            directory: folder.url
        )
        #expect(made.status == 0, "\(made.errors)")
        let resources = """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: deployer}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: deployer}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
            subjects: [{kind: ServiceAccount, name: deployer, namespace: \(namespace)}]
            ---
            apiVersion: taffrail.dev/v1alpha1
            kind: ConfigRepository
            metadata: {name: m}
            spec: {url: '\(url)/m.git', ref: {branch: main}, interval: 1s, secretRef: {name: git}}
            ---
            apiVersion: taffrail.dev/v1alpha1
            kind: Environment
            metadata: {name: e}
            spec: {repositoryRef: {name: m}, targetNamespace: \(namespace), serviceAccountName: deployer, interval: 1s, timeout: 1s}
            """
        _ = try kubectl(
            kubeconfig,
            "-n",
            namespace,
            "create",
            "secret",
            "generic",
            "git",
            "--from-file=ca.crt=\(folder.path)/git/ca.pem"
        )
        let applied = try kubectl(kubeconfig, "-n", namespace, "apply", "-f", "-", input: resources)
        #expect(applied.status == 0, "\(applied.errors)")
        let taffrail = Parts.product("taffrail")
        _ = try run(taffrail, ["keys", "generate", "--name", "example.com/kill", "--out", folder.path + "/k"])

        // Killed later and later, so that the kill lands in every phase of the first reconcile.
        for milliseconds in [120, 250, 400, 600, 900] {
            let controller = try launch(taffrail, folder: folder, kubeconfig: kubeconfig)
            try await pause(milliseconds)
            kill(controller.processIdentifier, SIGKILL)
            controller.waitUntilExit()
            guard FileManager.default.fileExists(atPath: folder.path + "/log/checkpoint") else { continue }
            let verified = try run(
                taffrail,
                ["audit", "verify", folder.path + "/log", "--key", folder.path + "/k.vkey"]
            )
            #expect(verified.status == 0, "after \(milliseconds) ms: \(verified.errors)")
        }
        let controller = try launch(taffrail, folder: folder, kubeconfig: kubeconfig)
        try await eventually("the Environment is ready") {
            try kubectl(
                kubeconfig,
                "-n",
                namespace,
                "get",
                "environment",
                "e",
                "-o",
                "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
            ).output
                == "True"
        }
        controller.terminate()
        controller.waitUntilExit()
        let verified = try run(taffrail, ["audit", "verify", folder.path + "/log", "--key", folder.path + "/k.vkey"])
        #expect(verified.status == 0 && !verified.output.contains("warning"), "\(verified.output)\(verified.errors)")
        let maps = try kubectl(
            kubeconfig,
            "-n",
            namespace,
            "get",
            "configmaps",
            "-l",
            "taffrail.dev/environment",
            "-o",
            "name"
        ).output
        #expect(maps.split(separator: "\n").count == 40)
        _ = try kubectl(kubeconfig, "delete", "namespace", namespace, "--wait=false")
    }

    private func launch(_ taffrail: String, folder: TemporaryDirectory, kubeconfig: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: taffrail)
        process.arguments = [
            "controller", "--kubeconfig", kubeconfig, "--log", folder.path + "/log", "--key", folder.path + "/k",
            "--data",
            folder.path + "/data", "--poll-interval", "100",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Lets the controller get so far; nothing is expected of the time itself.
    private func pause(_ milliseconds: Int) async throws {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        try await eventually("time passes") { .now >= end }
    }
}
