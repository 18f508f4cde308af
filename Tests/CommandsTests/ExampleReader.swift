// SPDX-License-Identifier: Apache-2.0

import Foundation
import TaffrailAPI
import TestSupport
import Testing
import YAML

/// A reader of the documentation, with what they are told to have: a repository with a folder `production`, and a namespace of a cluster.
final class ExampleReader {
    private static let gitServer = Parts.root.appending(path: "scripts/git-server").path

    private let kubeconfig: String
    /// The reader's namespace `models`; suites share a cluster, so that each page gets one of its own.
    private let namespace: String
    private let folder: TemporaryDirectory
    private let variables: [String: String]
    /// What the examples call `https://git.example.com/models.git`.
    private var repository = "."
    /// What the examples call port 8080.
    private var port = "8080"
    /// What a page starts and leaves running.
    private var controller: BackgroundProgram?

    init() async throws {
        kubeconfig = try await ControlPlane.kubeconfig()
        namespace = try await makeNamespace(kubeconfig)
        folder = try TemporaryDirectory()
        let programs = URL(filePath: Parts.product("taffrail")).deletingLastPathComponent().path
        variables = [
            "PATH": "\(folder.path)/bin:\(programs):\(ProcessInfo.processInfo.environment["PATH"] ?? "")",
            "KUBECONFIG": kubeconfig, "XDG_CACHE_HOME": folder.path + "/cache", "HOME": folder.path,
            "EXAMPLE": Parts.root.appending(path: "examples/ml-model-service").path, "GIT_TOKEN": "secret",
        ]
        try check(
            await bash(
                """
                git init -q -b main . && git config user.name Ada && git config user.email a@example.com
                cp -r "$EXAMPLE" production && git add production && git commit -qm "Serve a model"
                """
            )
        )
    }

    deinit {
        controller?.end(SIGTERM)
        guard repository != "." else { return }
        _ = try? runBlocking(Self.gitServer, ["stop", folder.path + "/git"])
    }

    /// Makes what a page takes for granted beside that.
    func prepare(for page: ExamplePage) async throws {
        switch page.path {
        case "docs/migration.md": try await prepareFormerTools()
        case "docs/first-environment.md": try await prepareEmptyCluster()
        case "docs/operations.md":
            let scripts = Parts.root.appending(path: "scripts").path
            let found = try await bash("source '\(scripts)/lib.sh' && free_ports 1")
            try check(found)
            port = found.output.trimmingCharacters(in: .newlines)
        case "docs/install.md": try await prepareHelm()
        case "docs/reference/commands.md":
            try check(
                await bash(
                    """
                    mkdir -p overlays/production .local/share/bash-completion/completions .config/fish/completions
                    cp production/*.yaml overlays/production
                    """
                )
            )
            try await apply(
                """
                apiVersion: taffrail.dev/v1alpha1
                kind: Environment
                metadata: {name: production, namespace: \(namespace)}
                spec: {repositoryRef: {name: models}, path: production}
                ---
                apiVersion: taffrail.dev/v1alpha1
                kind: Environment
                metadata: {name: staging, namespace: \(namespace)}
                spec: {repositoryRef: {name: models}, path: staging}
                ---
                apiVersion: taffrail.dev/v1alpha1
                kind: ConfigRepository
                metadata: {name: models, namespace: \(namespace)}
                spec: {url: 'https://git.example.com/models.git', ref: {branch: main}, suspend: true}
                """
            )
        default: break
        }
    }

    /// A cluster without the namespace, the definitions to install, and the repository on a server with a private authority.
    private func prepareEmptyCluster() async throws {
        try Parts.require("nginx with fcgiwrap", Parts.has("nginx") && Parts.has("fcgiwrap"))
        try check(await kubectl(kubeconfig, "delete", "namespace", namespace, "--timeout=60s"))
        let process = String(ProcessInfo.processInfo.processIdentifier)
        try check(await run(Self.gitServer, ["start", folder.path + "/git", process]))
        let url = try String(contentsOfFile: folder.path + "/git/url", encoding: .utf8)
        repository = url.trimmingCharacters(in: .newlines) + "/models.git"
        try check(
            await bash(
                """
                cp -r '\(Parts.root.appending(path: "crds").path)' crds
                cp git/ca.pem ca.pem
                git clone -q --bare . git/repos/models.git
                """
            )
        )
    }

    /// Helm, and the chart that it installs.
    private func prepareHelm() async throws {
        let python = try await HelmEngine().python
        try check(
            await bash(
                """
                mkdir -p bin charts
                cp -r '\(HelmEngine.chart)' charts/taffrail
                printf '#!/bin/sh\\nexec "%s" "%s" "$@"\\n' '\(python)' '\(HelmEngine.script)' > bin/helm
                chmod +x bin/helm
                """
            )
        )
    }

    /// What Helm, Flux and Argo CD keep in a cluster of what they deliver.
    private func prepareFormerTools() async throws {
        let (flux, argo) = ("kustomize.toolkit.fluxcd.io", "argoproj.io")
        try await apply(
            """
            \(definition("Kustomization", group: flux, scope: "Namespaced"))
            ---
            \(definition("Application", group: argo, scope: "Namespaced"))
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: flux-system}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: argocd}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: sh.helm.release.v1.serving.v1, namespace: \(namespace), labels: {owner: helm, name: serving}}
            """
        )
        for kind in ["kustomizations.\(flux)", "applications.\(argo)"] {
            try check(
                await kubectl(kubeconfig, "wait", "--for", "condition=established", "--timeout=60s", "crd/" + kind)
            )
        }
        try await apply(
            """
            apiVersion: \(flux)/v1
            kind: Kustomization
            metadata: {name: serving, namespace: flux-system}
            spec: {prune: true}
            ---
            apiVersion: \(argo)/v1
            kind: Application
            metadata: {name: serving, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}
            spec: {syncPolicy: {automated: {prune: true}}}
            """
        )
    }

    // MARK: - What a reader does

    /// Runs a block as one script.
    func runScript(_ block: ExampleBlock) async throws {
        let result = try await bash(named(block.text))
        #expect(result.status == 0, "\(block.place): \(result.output)\(result.errors)")
    }

    /// Runs one command of the reference.
    func runCommand(_ line: String, of block: ExampleBlock) async throws {
        let line = named(line)
        guard !line.hasPrefix("taffrail controller ") else { return try await runController(line, of: block) }
        // Differences and problems are found, and told by the status.
        let isFinding = line.hasPrefix("taffrail diff ") || line.hasPrefix("taffrail doctor ")
        // zsh has this; the scripts are run by bash.
        // No controller runs that would answer.
        let asks = line.hasPrefix("taffrail reconcile ") || line.hasPrefix("taffrail resume ")
        let result = try await bash("fpath=(. \"$HOME\")\n" + line + (asks ? " --no-wait" : ""))
        #expect(
            result.status == 0 || isFinding && result.status == 1,
            "\(block.place): \(result.output)\(result.errors)"
        )
        #expect(!result.errors.contains("Error: "), "\(block.place): \(result.errors)")
    }

    private func runController(_ line: String, of block: ExampleBlock) async throws {
        try await startController(line, of: block)
        controller?.end(SIGTERM)
    }

    /// Starts the controller of a block, as in a terminal of its own.
    func startController(_ block: ExampleBlock) async throws {
        try await startController(named(block.text), of: block)
    }

    private func startController(_ line: String, of block: ExampleBlock) async throws {
        let notes = folder.path + "/notes"
        // The cluster is shared, and so is this machine.
        let script = "cd '\(folder.path)' && exec \(line) --namespace \(namespace) --allow-local-repositories"
        let controller = try BackgroundProgram(
            "/usr/bin/env",
            variables.map { "\($0)=\($1)" } + ["bash", "-c", script],
            errors: notes
        )
        self.controller = controller
        try await eventually("\(block.place): the controller starts") {
            guard controller.isRunning else {
                throw NeverHappened(what: try String(contentsOfFile: notes, encoding: .utf8))
            }
            return try String(contentsOfFile: notes, encoding: .utf8).contains("started,")
        }
    }

    func lookUp(_ line: String, of block: ExampleBlock) async throws {
        let words = line.prefix { $0 != "#" }.split(separator: " ").dropFirst().map(String.init)
        let result = try await run("make", ["-n"] + words, directory: Parts.root)
        #expect(result.status == 0, "\(block.place): \(result.errors)")
    }

    /// Gives a manifest to the cluster.
    func take(_ block: ExampleBlock) async throws {
        let stream = YAML.parse(Array(block.text.utf8), file: block.place)
        #expect(stream.errors.isEmpty && !stream.documents.isEmpty, "\(stream.errors)")
        for document in stream.documents {
            let problems = CustomResources.problems(in: document.value)
            #expect(problems.isEmpty, "\(block.place): \(problems)")
        }
        let result = try await kubectl(kubeconfig, "apply", "-n", namespace, "-f", "-", input: block.text)
        #expect(result.status == 0, "\(block.place): \(result.errors)")
    }

    // MARK: - Small parts

    /// With the names that the reader has in place of those that the examples have.
    private func named(_ text: String) -> String {
        let text = text.replacing("-n models", with: "-n \(namespace)").replacing(" models/", with: " \(namespace)/")
            .replacing("amespace: models", with: "amespace: \(namespace)")
            .replacing("create namespace models", with: "create namespace \(namespace)")
            .replacing("https://git.example.com/models.git", with: repository)
            .replacing("taffrail doctor -n", with: "taffrail doctor --allow-local-repositories -n")
            .replacing("127.0.0.1:8080", with: "127.0.0.1:\(port)")
            .replacing("/var/lib/taffrail", with: folder.path).replacing("/etc/taffrail", with: folder.path)
        // The cluster is shared: problems of other suites are none of the reader's.
        return text == "taffrail doctor" ? text + " -n \(namespace)" : text
    }

    private func bash(_ script: String) async throws -> ProgramResult {
        try await run("bash", ["-euo", "pipefail", "-c", script], environment: variables, directory: folder.url)
    }

    private func apply(_ manifests: String) async throws {
        try check(await kubectl(kubeconfig, "apply", "-f", "-", input: manifests))
    }
}
