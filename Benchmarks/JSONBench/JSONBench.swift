// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import JSON

#if canImport(Glibc)
internal import Glibc
#endif

/// Reads a 2 MB list of Pods and visits every object's metadata, with `JSONDocument` and with Foundation's
/// `JSONSerialization`; prints the measurements as JSON.
@main struct JSONBench {
    static func main() throws {
        let text = PodList.text(bytes: 2_000_000)
        let data = Data(text)
        guard try visitDocument(text) == visitFoundation(data) else {
            throw BenchError("the two readers saw different metadata")
        }

        // Rounds alternate, so that a busy machine hurts both.
        var ours: [Duration] = []
        var peers: [Duration] = []
        // The bytes count, since a document keeps them.
        let memory = try memoryPerResult { try JSONDocument(parsing: text.map(\.self)) } / Double(text.count)
        let peerMemory = try memoryPerResult { try JSONSerialization.jsonObject(with: Data(text)) } / Double(text.count)
        for _ in 0..<9 {
            ours.append(try perRun(of: 10) { try visitDocument(text) })
            peers.append(try perRun(of: 1) { try visitFoundation(data) })
        }
        let rate = megabytesPerSecond(text.count, median(ours))
        let peerRate = megabytesPerSecond(text.count, median(peers))
        let peer = "JSONSerialization"
        let results: JSONValue = [
            Measurement(name: "json-read", value: rate, unit: "MB/s", peer: peer, peerValue: peerRate, atLeast: 150)
                .json,
            Measurement(
                name: "json-read-ratio",
                value: rate / peerRate,
                unit: "times",
                peer: peer,
                peerValue: 1,
                atLeast: 10
            ).json,
            Measurement(
                name: "json-memory",
                value: memory,
                unit: "bytes per byte",
                peer: peer,
                peerValue: peerMemory,
                atMost: 2.5
            ).json,
        ]
        print(String(decoding: results.serialized(pretty: true), as: UTF8.self))
    }

    // MARK: - Work

    /// The bytes of all metadata strings, as proof that both readers saw the same.
    private static func visitDocument(_ text: [UInt8]) throws -> Int {
        var seen = 0
        guard let items = try JSONDocument(parsing: text).root["items"] else { return 0 }
        for item in items.array {
            guard let metadata = item["metadata"] else { continue }
            for key in ["name", "namespace", "uid", "resourceVersion"] {
                seen += metadata[key]?.stringValue?.utf8.count ?? 0
            }
            for map in [metadata["labels"], metadata["annotations"]] {
                guard let map else { continue }
                for (key, value) in map.members { seen += key.utf8.count + (value.stringValue?.utf8.count ?? 0) }
            }
            guard let owners = metadata["ownerReferences"] else { continue }
            for owner in owners.array { seen += owner["uid"]?.stringValue?.utf8.count ?? 0 }
        }
        return seen
    }

    private static func visitFoundation(_ data: Data) throws -> Int {
        var seen = 0
        let list = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        for item in list?["items"] as? [[String: Any]] ?? [] {
            guard let metadata = item["metadata"] as? [String: Any] else { continue }
            for key in ["name", "namespace", "uid", "resourceVersion"] {
                seen += (metadata[key] as? String)?.utf8.count ?? 0
            }
            for map in [metadata["labels"], metadata["annotations"]] {
                for (key, value) in map as? [String: Any] ?? [:] {
                    seen += key.utf8.count + ((value as? String)?.utf8.count ?? 0)
                }
            }
            for owner in metadata["ownerReferences"] as? [[String: Any]] ?? [] {
                seen += (owner["uid"] as? String)?.utf8.count ?? 0
            }
        }
        return seen
    }

    // MARK: - Measuring

    private static func perRun(of runs: Int, _ work: () throws -> Int) throws -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<runs where try work() == 0 { throw BenchError("no metadata was seen") }
        return (clock.now - start) / runs
    }

    private static func median(_ durations: [Duration]) -> Duration {
        durations.sorted()[durations.count / 2]
    }

    private static func megabytesPerSecond(_ bytes: Int, _ duration: Duration) -> Double {
        Double(bytes) / 1_000_000 / (duration / .seconds(1))
    }

    /// How many bytes become resident for each result that is kept.
    private static func memoryPerResult<Result>(_ make: () throws -> Result) throws -> Double {
        let count = 16
        var results: [Result] = []
        // What the allocator still has of freed memory is used up first, so that it does not hide the growth.
        for _ in 0..<count * 2 { results.append(try make()) }
        let before = heapInUse()
        for _ in 0..<count { results.append(try make()) }
        return withExtendedLifetime(results) { Double(heapInUse() - before) / Double(count) }
    }

    private static func heapInUse() -> Int {
        // Anonymous resident memory: glibc's mallinfo2 is not in Swift's import of it.
        // Read to its end, since files of /proc say that they are empty.
        let file = FileHandle(forReadingAtPath: "/proc/self/status")
        let status = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) * 1_024
    }
}

private struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
