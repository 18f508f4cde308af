// SPDX-License-Identifier: Apache-2.0

package import JSON
internal import Kubernetes

/// Whether what an Environment depends on is there. Pure.
package enum EnvironmentDependencies {
    package enum State: Sendable, Hashable {
        case ready
        /// Nothing is applied as long as this is so.
        case waiting(String)
        /// The names along the road that leads back to where it began.
        case cycle([String])
    }

    /// What is asked about.
    package struct Question: Sendable {
        let name: String
        let namespace: String
        let dependencies: [String]
        /// The ConfigRepository, and the commit of it that is to be applied.
        let repository: String
        let commit: String

        package init(name: String, namespace: String, dependencies: [String], repository: String, commit: String) {
            self.name = name
            self.namespace = namespace
            self.dependencies = dependencies
            self.repository = repository
            self.commit = commit
        }
    }

    /// - Parameter environments: as the API server holds them; those of other namespaces have no say.
    package static func state(for question: Question, among environments: [JSONValue]) -> State {
        guard !question.dependencies.isEmpty else { return .ready }
        var known: [String: JSONValue] = [:]
        for environment in environments
        where environment["metadata"]?["namespace"]?.stringValue == question.namespace {
            if let name = environment["metadata"]?["name"]?.stringValue { known[name] = environment }
        }
        if let road = road(from: question.name, by: question.dependencies, in: known) { return .cycle(road) }
        let open = question.dependencies.compactMap { obstacle(known[$0], name: $0, question) }
        return open.isEmpty ? .ready : .waiting("waiting for " + open.joined(separator: "; and for "))
    }

    /// The shortest way from an Environment back to itself.
    private static func road(
        from start: String,
        by first: [String],
        in environments: [String: JSONValue]
    ) -> [String]? {
        var origin: [String: String] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let name = queue[next]
            next += 1
            for dependency in name == start ? first : dependencies(of: environments[name]) {
                if dependency == start { return [start] + way(to: name, from: start, origin) }
                guard origin[dependency] == nil else { continue }
                origin[dependency] = name
                queue.append(dependency)
            }
        }
        return nil
    }

    /// The names after `start`, up to `name` and back to `start`.
    private static func way(to name: String, from start: String, _ origin: [String: String]) -> [String] {
        var names = [start]
        var current = name
        while current != start, let previous = origin[current] {
            names.append(current)
            current = previous
        }
        return names.reversed()
    }

    private static func dependencies(of environment: JSONValue?) -> [String] {
        (environment?["spec"]?["dependsOn"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    /// What stands in the way; `nil` where nothing does.
    private static func obstacle(_ environment: JSONValue?, name: String, _ question: Question) -> String? {
        guard let environment else { return "Environment '\(name)', which is not in this namespace" }
        let metadata = environment["metadata"]
        if metadata?["deletionTimestamp"] != nil { return "Environment '\(name)', which is being deleted" }
        guard let ready = Conditions(environment["status"])["Ready"],
            ready["observedGeneration"] == metadata?["generation"],
            environment["status"]?["observedGeneration"] == metadata?["generation"]
        else { return "Environment '\(name)', which was not looked at since it was changed" }
        guard ready["status"] == "True" else {
            let reason = ready["reason"]?.stringValue ?? "unknown"
            return
                "Environment '\(name)', which is not ready: \(reason): \(shortened(ready["message"]?.stringValue ?? ""))"
        }
        guard environment["spec"]?["repositoryRef"]?["name"]?.stringValue == question.repository else { return nil }
        let applied = environment["status"]?["lastAppliedRevision"]?.stringValue ?? "nothing"
        return applied.hasSuffix("sha1:\(question.commit)")
            ? nil : "Environment '\(name)', which has applied \(applied) and not sha1:\(question.commit) yet"
    }

    /// Messages of a chain quote each other: the beginning is enough, as the Environment itself has the whole.
    private static func shortened(_ message: String) -> String {
        message.count <= 200 ? message : message.prefix(200) + "…"
    }
}
