// SPDX-License-Identifier: Apache-2.0

import Delivery
import JSON
import Testing
import YAML

@Suite struct EnvironmentDependencyTests {
    private static let commit = "0123456789abcdef0123456789abcdef01234567"
    private static let ready = """
        spec: {repositoryRef: {name: models}}
        status: {observedGeneration: 1, lastAppliedRevision: main@sha1:\(commit), conditions: [{type: Ready, status: 'True', observedGeneration: 1}]}
        """

    private func environment(
        _ name: String,
        namespace: String = "n",
        more: String = "",
        _ text: String
    ) throws -> JSONValue {
        let stream = YAML.parse(Array(text.utf8), file: "case")
        var object = try #require(stream.documents.first?.value, "\(stream.errors)")
        object["metadata"] = ["name": .string(name), "namespace": .string(namespace), "generation": 1]
        if !more.isEmpty { object["metadata"]?[more] = "x" }
        return object
    }

    private func state(
        _ name: String = "app",
        wanting names: [String],
        _ environments: [JSONValue]
    ) -> EnvironmentDependencies.State {
        let question = EnvironmentDependencies.Question(
            name: name,
            namespace: "n",
            dependencies: names,
            repository: "models",
            commit: Self.commit
        )
        return EnvironmentDependencies.state(for: question, among: environments)
    }

    @Test(arguments: [
        (ready, ""),
        ("{}", "Environment 'base', which was not looked at since it was changed"),
        (
            "status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True', observedGeneration: 0}]}",
            "Environment 'base', which was not looked at since it was changed"
        ),
        (
            "status: {observedGeneration: 0, conditions: [{type: Ready, status: 'True', observedGeneration: 1}]}",
            "Environment 'base', which was not looked at since it was changed"
        ),
        (
            "status: {observedGeneration: 1, conditions: [{type: Ready, status: 'False', observedGeneration: 1, reason: HealthCheckFailed, message: Job/n/a failed}]}",
            "Environment 'base', which is not ready: HealthCheckFailed: Job/n/a failed"
        ),
        (
            "status: {observedGeneration: 1, conditions: [{type: Ready, status: Unknown, observedGeneration: 1, reason: Suspended, message: s}]}",
            "Environment 'base', which is not ready: Suspended: s"
        ),
        (
            ready.replacing(commit, with: "ffff"),
            "Environment 'base', which has applied main@sha1:ffff and not sha1:\(commit) yet"
        ),
        // Commits of another repository say nothing.
        (ready.replacing(commit, with: "ffff").replacing("models", with: "platform"), ""),
    ])
    func `a dependency is there when it is ready as it stands, and at the same commit`(
        text: String,
        message: String
    ) throws {
        let found = state(wanting: ["base"], [try environment("base", text)])
        #expect(found == (message.isEmpty ? .ready : .waiting("waiting for \(message)")))
    }

    @Test func `what is missing, is elsewhere, or goes is waited for, all by name`() throws {
        let environments = [
            try environment("there", Self.ready), try environment("away", namespace: "other", Self.ready),
            try environment("going", more: "deletionTimestamp", Self.ready),
        ]
        #expect(state(wanting: ["there"], environments) == .ready)
        #expect(state(wanting: [], environments) == .ready)
        let message =
            "waiting for Environment 'away', which is not in this namespace; and for Environment 'going', which is being deleted"
        #expect(state(wanting: ["there", "away", "going"], environments) == .waiting(message))
    }

    @Test func `a road that leads back is found, the shortest`() throws {
        func depending(_ name: String, on names: String) throws -> JSONValue {
            try environment(name, "spec: {dependsOn: [\(names)]}")
        }
        let environments = [
            try depending("app", on: "{name: a}, {name: b}"), try depending("a", on: "{name: b}"),
            try depending("b", on: "{name: c}"), try depending("c", on: "{name: app}, {name: b}"),
            try depending("outside", on: "{name: app}"), try depending("self", on: "{name: self}"),
        ]
        #expect(state(wanting: ["a", "b"], environments) == .cycle(["app", "b", "c", "app"]))
        #expect(state("self", wanting: ["self"], environments) == .cycle(["self", "self"]))
        // One that only depends on a ring is not in it.
        let words = "waiting for Environment 'app', which was not looked at since it was changed"
        #expect(state("outside", wanting: ["app"], environments) == .waiting(words))
    }
}
