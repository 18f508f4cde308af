// SPDX-License-Identifier: Apache-2.0

package import Concurrency
package import JSON

/// Tells in a cluster's own events what happened to an object, for whoever runs `kubectl describe` or `kubectl get events` (events.k8s.io/v1).
///
/// Nothing waits for an event, and nothing depends on one: what cannot be told is dropped. The same event again within a while makes a series of the first one,
/// so that what happens every second does not fill the cluster.
package actor EventRecorder {
    package enum Kind: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    private struct Subject: Hashable {
        let uid: String
        let reason: String
        let note: String
    }

    private struct Told {
        let namespace: String
        let name: String
        var count: Int64
        var last: Timestamp
    }

    private struct Entry: Sendable {
        let object: JSONValue
        let kind: Kind
        let reason: String
        let action: String
        let note: String
        let time: Timestamp
    }

    private static let type = GroupVersionKind(group: "events.k8s.io", version: "v1", kind: "Event")
    /// Beyond, what waits longest is dropped.
    private static let buffered = 256
    /// The server takes so many bytes of a note (`noteLengthLimit`).
    private static let longestNote = 1_000
    /// The same within so many seconds is the same event.
    private static let seriesLast: Int64 = 600
    /// A series is told again at most so often.
    private static let pause: Int64 = 10
    /// So many are remembered.
    private static let remembered = 1_000

    private let client: KubernetesClient
    private let controller: String
    private let instance: String
    private let clock: WallClock
    private let entries: (stream: AsyncStream<Entry>, continuation: AsyncStream<Entry>.Continuation)
    private var told: [Subject: Told] = [:]
    private var lastNumber: UInt64 = 0

    /// - Parameters:
    ///   - controller: who tells, such as `taffrail.dev/controller`.
    ///   - instance: which one of these, such as the name of a pod.
    package init(client: KubernetesClient, controller: String, instance: String, clock: WallClock) {
        self.client = client
        self.controller = controller
        self.instance = instance
        self.clock = clock
        entries = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.buffered))
    }

    /// Tells of an object, soon.
    ///
    /// - Parameters:
    ///   - object: as the API server holds it.
    ///   - reason: one CamelCase word.
    ///   - action: what was done or tried, as one CamelCase word.
    ///   - note: for people; Secrets' values must not be in it.
    package nonisolated func tell(_ object: JSONValue, _ kind: Kind, reason: String, action: String, note: String) {
        entries.continuation.yield(
            Entry(object: object, kind: kind, reason: reason, action: action, note: note, time: clock.now)
        )
    }

    /// Sends what is told, until it is cancelled.
    package func run() async {
        for await entry in entries.stream { await send(entry) }
    }

    private func send(_ entry: Entry) async {
        let subject = Subject(
            uid: entry.object["metadata"]?["uid"]?.stringValue ?? "",
            reason: entry.reason,
            note: entry.note
        )
        told = told.filter { $0.value.last.seconds > entry.time.seconds - Self.seriesLast }
        do {
            if let known = told[subject] {
                try await repeated(known, subject, entry)
            } else {
                try await first(subject, entry)
            }
        } catch {
            told[subject] = nil
        }
    }

    private func repeated(_ known: Told, _ subject: Subject, _ entry: Entry) async throws {
        told[subject]?.count += 1
        guard entry.time.seconds >= known.last.seconds + Self.pause else { return }
        told[subject]?.last = entry.time
        _ = try await client.mergePatch(
            Self.type,
            namespace: known.namespace,
            name: known.name,
            patch: ["series": ["count": .int(known.count + 1), "lastObservedTime": .string(entry.time.microseconds)]],
            fieldManager: controller,
            deadline: .after(.seconds(15))
        )
    }

    private func first(_ subject: Subject, _ entry: Entry) async throws {
        let metadata = entry.object["metadata"]
        // What belongs to the cluster is told of in the namespace that every cluster has.
        let namespace = metadata?["namespace"]?.stringValue ?? "default"
        lastNumber += 1
        let stem = (metadata?["name"]?.stringValue ?? "object").prefix(200)
        let name = "\(stem).\(String(UInt64(max(0, entry.time.seconds)), radix: 16))\(String(lastNumber, radix: 16))"
        if told.count < Self.remembered {
            told[subject] = Told(namespace: namespace, name: name, count: 1, last: entry.time)
        }
        let event: JSONValue = [
            "apiVersion": .string(Self.type.apiVersion), "kind": .string(Self.type.kind),
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "eventTime": .string(entry.time.microseconds), "reportingController": .string(controller),
            "reportingInstance": .string(String(instance.prefix(128))), "action": .string(entry.action),
            "reason": .string(entry.reason), "type": .string(entry.kind.rawValue),
            "note": .string(Self.shortened(entry.note)),
            "regarding": [
                "apiVersion": entry.object["apiVersion"] ?? .null, "kind": entry.object["kind"] ?? .null,
                "namespace": .string(namespace), "name": metadata?["name"] ?? .null, "uid": metadata?["uid"] ?? .null,
                "resourceVersion": metadata?["resourceVersion"] ?? .null,
            ],
        ]
        _ = try await client.create(event, fieldManager: controller, deadline: .after(.seconds(15)))
    }

    /// The server counts bytes.
    private static func shortened(_ note: String) -> String {
        guard note.utf8.count > longestNote else { return note }
        var text = ""
        var count = 0
        for character in note {
            count += String(character).utf8.count
            guard count <= longestNote - 3 else { break }
            text.append(character)
        }
        return text + "…"
    }
}

extension Timestamp {
    /// As events have it: `MicroTime`, six digits after the point.
    fileprivate var microseconds: String {
        let fraction = String(nanoseconds / 1_000)
        let whole = Timestamp(seconds: seconds).description.dropLast()
        return "\(whole).\(String(repeating: "0", count: max(0, 6 - fraction.count)))\(fraction)Z"
    }
}
