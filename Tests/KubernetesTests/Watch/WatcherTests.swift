// SPDX-License-Identifier: Apache-2.0

import Concurrency
import JSON
import TestSupport
import Testing

@testable import Kubernetes

/// What a watcher asks for, whatever comes of it.
@Suite struct WatcherTests {
    private func object(_ name: String, _ version: String) -> JSONValue {
        ["metadata": ["name": .string(name), "resourceVersion": .string(version)]]
    }

    private func page(_ names: [String], _ version: String, token: String? = nil) -> JSONValue {
        var page: JSONValue = [
            "metadata": ["resourceVersion": .string(version)], "items": .array(names.map { object($0, version) }),
        ]
        page["metadata"]?["continue"] = token.map { .string($0) }
        return page
    }

    private static func refusal(_ status: Int, retryAfter: String? = nil) -> KubernetesError {
        KubernetesError(httpStatus: status, body: nil, request: "GET", retryAfterHeader: retryAfter)
    }

    /// Outputs in short: `+a` for an object, `-a` for one that went.
    private func words(_ outputs: [Watcher.Output]) -> [String] {
        outputs.map { output in
            switch output {
            case .began: "began"
            case .applied(let object): "+" + (object["metadata"]?["name"]?.stringValue ?? "")
            case .removed(let object): "-" + (object["metadata"]?["name"]?.stringValue ?? "")
            case .synced(let version): "synced \(version)"
            case .following: "following"
            case .failed(let error): "failed \(error.code.rawValue)"
            }
        }
    }

    /// One that has listed up to version 7.
    private func listed(streamsLists: Bool = false) throws -> Watcher {
        var watcher = Watcher(streamsLists: streamsLists)
        if streamsLists {
            _ = watcher.receiveHead(of: .watchList)
            _ = try watcher.receive(.bookmark(resourceVersion: "7", endsInitialEvents: true))
        } else {
            _ = try watcher.receive(page: page([], "7"), asked: watcher.step)
        }
        return watcher
    }

    @Test func `pages are read to the last one, and then changes from its version`() throws {
        var watcher = Watcher(streamsLists: false)
        #expect(watcher.step == .list(token: nil))
        #expect(try words(watcher.receive(page: page(["a"], "7", token: "t"), asked: watcher.step)) == ["began", "+a"])
        #expect(watcher.step == .list(token: "t"))
        #expect(try words(watcher.receive(page: page(["b"], "7"), asked: watcher.step)) == ["+b", "synced 7"])
        #expect(watcher.step == .watch(resourceVersion: "7"))
    }

    @Test func `a list that comes as a stream is whole at its mark, and no version before that counts`() throws {
        var watcher = Watcher(streamsLists: true)
        #expect(watcher.step == .watchList)
        var outputs = watcher.receiveHead(of: watcher.step)
        for event: WatchEvent in [
            .applied(object("a", "9")), .bookmark(resourceVersion: "3", endsInitialEvents: false),
            .applied(object("b", "2")),
        ] { outputs += [try watcher.receive(event)].compactMap(\.self) }
        #expect(watcher.step == .watchList, "a stream that breaks off now is no list")
        outputs += [try watcher.receive(.bookmark(resourceVersion: "11", endsInitialEvents: true))].compactMap(\.self)
        #expect(words(outputs) == ["began", "+a", "+b", "synced 11"])
        #expect(watcher.step == .watch(resourceVersion: "11"))
    }

    @Test(arguments: [false, true])
    func `a stream that ends goes on where it ended, without a list`(streamsLists: Bool) throws {
        var watcher = try listed(streamsLists: streamsLists)
        for (event, version) in [
            (WatchEvent.applied(object("a", "8")), "8"), (.removed(object("a", "9")), "9"),
            (.bookmark(resourceVersion: "12", endsInitialEvents: false), "12"), (.unknown, "12"),
        ] {
            _ = try watcher.receive(event)
            #expect(watcher.streamEnded(afterEvents: true) == .zero)
            #expect(watcher.step == .watch(resourceVersion: version))
        }
        for failure in [Self.refusal(500), Self.refusal(403), KubernetesError(.unreachable, "x")] {
            #expect(words([watcher.fail(failure).output].compactMap(\.self)) == ["failed \(failure.code.rawValue)"])
            #expect(watcher.step == .watch(resourceVersion: "12"), "a failure forgets nothing")
        }
    }

    @Test func `a version that the server has forgotten leads to a new list, and to no word of it`() throws {
        var watcher = try listed()
        let gone = watcher.fail(Self.refusal(410))
        #expect(gone.output == nil && gone.pause > .zero)
        #expect(watcher.step == .list(token: nil))
        // In the middle of a list, too.
        _ = try watcher.receive(page: page(["a"], "7", token: "t"), asked: watcher.step)
        _ = watcher.fail(Self.refusal(410))
        #expect(try words(watcher.receive(page: page(["b"], "8"), asked: watcher.step)) == ["began", "+b", "synced 8"])
        // As an event of the stream.
        let event = try WatchEvent(line: Array(#"{"type":"ERROR","object":{"kind":"Status","code":410}}"#.utf8))
        let error = try #require(throws: KubernetesError.self) { try watcher.receive(event) }
        _ = watcher.fail(error)
        #expect(watcher.step == .list(token: nil))
    }

    @Test func `a page that fails is asked for again, and the list is not begun anew`() throws {
        var watcher = Watcher(streamsLists: false)
        _ = try watcher.receive(page: page(["a"], "7", token: "t"), asked: watcher.step)
        _ = watcher.fail(Self.refusal(500))
        #expect(watcher.step == .list(token: "t"))
    }

    @Test func `that a watch goes on is told when the server answers, and not before`() throws {
        var watcher = try listed()
        #expect(words([watcher.fail(Self.refusal(503)).output].compactMap(\.self)).first?.hasPrefix("failed") == true)
        #expect(watcher.step == .watch(resourceVersion: "7"))
        #expect(words(watcher.receiveHead(of: watcher.step)) == ["following"])
    }

    @Test(arguments: [400, 422])
    func `a server that knows no lists as streams gets plain ones`(status: Int) throws {
        var watcher = Watcher(streamsLists: true)
        _ = watcher.fail(Self.refusal(status))
        #expect(watcher.step == .list(token: nil))
    }

    @Test func `a list as a stream that breaks off is begun anew`() throws {
        var watcher = Watcher(streamsLists: true)
        _ = watcher.receiveHead(of: watcher.step)
        _ = try watcher.receive(.applied(object("a", "9")))
        _ = watcher.streamEnded(afterEvents: true)
        #expect(watcher.step == .list(token: nil), "a server that cannot end such a list gets plain ones")
    }

    @Test func `nothing is watched without a version`() throws {
        for page: JSONValue in [[:], ["metadata": ["resourceVersion": ""]], ["metadata": [:], "items": []]] {
            var watcher = Watcher(streamsLists: false)
            #expect(throws: KubernetesError.self) { try watcher.receive(page: page, asked: .list(token: nil)) }
            #expect(watcher.step == .list(token: nil))
        }
    }

    @Test func `pauses grow, keep to what the server asks for, and start over after a success`() throws {
        var watcher = try listed()
        var pauses = (0..<12).map { _ in watcher.fail(Self.refusal(500)).pause }
        #expect(pauses.allSatisfy { $0 > .zero && $0 <= .seconds(30) } && pauses.contains { $0 > .seconds(2) })
        #expect(watcher.fail(Self.refusal(429, retryAfter: "77")).pause >= .seconds(77))
        _ = try watcher.receive(.applied(object("a", "8")))
        pauses = [watcher.fail(Self.refusal(500)).pause]
        #expect(pauses[0] <= .milliseconds(800))
        // A server that ends every stream at once is not asked without end.
        #expect((0..<3).allSatisfy { _ in watcher.streamEnded(afterEvents: false) > .zero })
    }

    // MARK: - Lines

    private static let stream = [
        #"{"type":"ADDED","object":{"metadata":{"name":"ä\"\\n","resourceVersion":"1"}}}"#,
        #"{"type":"DELETED","object":{"metadata":{"name":"b","resourceVersion":"2"}}}"#,
        #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"3"}}}"#,
    ]

    @Test func `events are whole wherever the stream is cut`() throws {
        let bytes = Array((Self.stream.joined(separator: "\n") + "\n\n").utf8)
        let whole = Self.stream.map { Array($0.utf8) }
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 7) {
                var lines = WatchLines()
                let chunks = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
                #expect(try chunks.flatMap { try lines.append($0) } == whole, "cut at \(first) and \(second)")
            }
        }
        var single = WatchLines()
        #expect(try bytes.flatMap { try single.append([$0]) } == whole)
    }

    @Test func `a line without end is refused`() throws {
        var lines = WatchLines()
        let chunk = [UInt8](repeating: 32, count: 1 << 20)
        #expect(throws: KubernetesError.self) {
            for _ in 0..<40 { _ = try lines.append(chunk) }
        }
    }

    @Test(arguments: [
        "nonsense", "{}", #"{"type":"ADDED"}"#, #"{"object":{}}"#, #"{"type":"BOOKMARK","object":{}}"#, "[1]",
    ])
    func `what is no event is a failure`(line: String) {
        #expect(throws: KubernetesError.self) { try WatchEvent(line: Array(line.utf8)) }
    }

    @Test(arguments: 0..<300)
    func `mutated events are events or failures`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(generator.pick(from: Self.stream).utf8)
        for _ in 0...Int.random(in: 0...4, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] = UInt8.random(in: 0...255, using: &generator)
        }
        do {
            _ = try WatchEvent(line: bytes)
        } catch {
            #expect(error.code == .malformedAnswer)
        }
    }
}
