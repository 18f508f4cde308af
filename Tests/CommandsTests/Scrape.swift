// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What a controller shows at `/metrics`.
struct Scrape {
    let text: String
    /// By the series as it is written, labels included.
    let values: [String: Double]
    /// The kind of each metric, by its name.
    let kinds: [String: String]

    init(_ text: String) throws {
        self.text = text
        var values: [String: Double] = [:]
        var kinds: [String: String] = [:]
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ").map(String.init)
                kinds[words[2]] = words[3]
            } else if !line.hasPrefix("#") {
                let end = try #require(line.lastIndex(of: " "), "\(line)")
                let number = String(line[line.index(after: end)...]).replacing("+Inf", with: "inf")
                #expect(
                    values.updateValue(try #require(Double(number)), forKey: String(line[..<end])) == nil,
                    "\(line)"
                )
            }
        }
        (self.values, self.kinds) = (values, kinds)
    }

    /// The sum of all series of a name.
    func sum(_ name: String) -> Double {
        values.filter { $0.key == name || $0.key.hasPrefix(name + "{") }.values.reduce(0, +)
    }
}

/// A controller's own server.
struct ControllerPlace {
    let url: String

    /// Waits until it says where it listens.
    init(of site: ControllerSite) async throws {
        var url: Substring?
        try await eventually("the controller listens") {
            url = try site.notes.split(separator: "\n").first { $0.contains("listening on ") }?.split(separator: " ")
                .last
            return url != nil
        }
        self.url = String(try #require(url))
    }

    /// - Returns: the status, with all that was answered.
    func get(_ path: String, token: String? = nil) async throws -> (status: Int, answer: String) {
        let authorization = token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
        let result = try await run("curl", ["-si", "--max-time", "60"] + authorization + [url + path])
        let words = result.output.split(separator: " ", maxSplits: 2)
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0, result.output)
    }

    func scrape(token: String? = nil) async throws -> Scrape {
        let (status, answer) = try await get("/metrics", token: token)
        #expect(status == 200)
        return try Scrape(answer.components(separatedBy: "\r\n\r\n").dropFirst().joined())
    }
}

/// Prometheus's own judge of what it scrapes.
enum Promtool {
    static func check(_ what: String, _ arguments: [String] = [], input: String = "") async throws {
        let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        let kept = cache + "/taffrail/prometheus/promtool"
        let program = Parts.path(of: "promtool") ?? kept
        try Parts.require("promtool", FileManager.default.isExecutableFile(atPath: program))
        let result = try await run(program, ["check", what] + arguments, input: input)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.output)\(result.errors)")
    }
}
