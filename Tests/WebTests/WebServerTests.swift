// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

@testable import Web

/// The server over real sockets.
struct WebServerTests {
    private static let anywhere = ListenAddress(host: "127.0.0.1", port: 0)
    private static let large = 32 << 20

    private static let routes: Routes = {
        var routes = Routes()
        routes.get("/here") { _ in .text(200, "hello") }
        routes.get("/large") { _ in
            WebAnswer(200, contentType: "text/plain", body: [UInt8](repeating: 0x61, count: large))
        }
        return routes
    }()

    private func serving(
        _ limits: WebLimits = WebLimits(),
        _ body: @escaping @Sendable (ListenAddress) async throws -> Void
    ) async throws {
        try await WebServer(at: Self.anywhere, routes: Self.routes, limits: limits).serve(while: body)
    }

    private static func stillServes(_ place: ListenAddress) async throws -> Bool {
        let connection = try RawConnection(place)
        try await connection.send("GET /here HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return try await connection.read(until: "hello\n")?.hasSuffix("\r\n\r\nhello\n") == true
    }

    @Test func `curl reads answers, and only the head of one where it asks for no more`() async throws {
        try Parts.require("curl", Parts.has("curl"))
        try await serving { place in
            let got = try await run("curl", ["-si", "http://\(place)/here"])
            #expect(got.output.hasPrefix("HTTP/1.1 200 OK\r\n") && got.output.hasSuffix("\r\n\r\nhello\n"))
            let lines = got.output.lowercased().split(separator: "\r\n")
            for line in [
                "content-type: text/plain; charset=utf-8", "content-length: 6", "cache-control: no-store",
                "x-content-type-options: nosniff",
            ] { #expect(lines.contains { $0 == line }, "\(line)") }
            // Who serves, and with what, is nobody's business.
            #expect(!lines.contains { $0.hasPrefix("server:") })
            let head = try await run("curl", ["-sI", "http://\(place)/here"]).output.lowercased()
            #expect(head.hasPrefix("http/1.1 200") && head.contains("content-length: 6\r\n"))
            #expect(head.hasSuffix("\r\n\r\n"))
            let post = try await run("curl", ["-si", "-d", "a=b", "http://\(place)/here"]).output.lowercased()
            #expect(post.hasPrefix("http/1.1 405") && post.contains("allow: get, head\r\n"))
            let lost = try await run("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "http://\(place)/x"])
            #expect(lost.output == "404")
        }
    }

    @Test func `a connection serves one request after another, also where they come together`() async throws {
        try await serving { place in
            let connection = try RawConnection(place)
            let request = "GET /here HTTP/1.1\r\nHost: a\r\n\r\n"
            for _ in 0..<3 {
                try await connection.send(request)
                #expect(try await connection.read(until: "hello\n")?.hasPrefix("HTTP/1.1 200") == true)
            }
            try await connection.send(
                request + request + request.replacing("Host: a", with: "Host: a\r\nConnection: close")
            )
            var answers = ""
            while answers.split(separator: "hello\n").count < 3 || !answers.hasSuffix("hello\n") {
                let next = try #require(try await connection.read(until: "hello\n"))
                guard !next.isEmpty else { break }
                answers += next
            }
            #expect(answers.split(separator: "HTTP/1.1 200 OK").count == 3)
        }
    }

    @Test(arguments: [
        "hello\r\n\r\n", "GET\r\n\r\n", "GET /here HTTP/9.9\r\n\r\n", "GET /here HTTP/1.1\r\nA\r\n\r\n",
        "GET /here HTTP/1.1\r\nA : b\r\n\r\n", "GET /here HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET /here HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "GET /here HTTP/1.1\r\nA: \u{0}\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}",
    ])
    func `what is no request is refused, and the connection ends`(text: String) async throws {
        try await serving(WebLimits(idle: .milliseconds(500))) { place in
            let connection = try RawConnection(place)
            try await connection.send(text)
            let answer = try #require(try await connection.readToEnd(), "the connection stays open")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
            #expect(try await Self.stillServes(place))
        }
    }

    @Test(arguments: [
        "GET /here?\(String(repeating: "a", count: 40_000)) HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /here HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "a", count: 9_000))\r\n\r\n",
        "GET /here HTTP/1.1\r\nHost: a\r\n\(String(repeating: "A: b\r\n", count: 100))\r\n",
        "GET /here HTTP/1.1\r\nHost: a\r\n"
            + (0..<4).map { "A\($0): \(String(repeating: "a", count: 6_000))\r\n" }.joined() + "\r\n",
    ])
    func `a head that is too large is refused`(text: String) async throws {
        try await serving(WebLimits(idle: .milliseconds(500))) { place in
            let connection = try RawConnection(place)
            try await connection.send(text)
            let answer = try #require(try await connection.readToEnd(), "the connection stays open")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(200))")
            #expect(!answer.contains("hello"))
            #expect(try await Self.stillServes(place))
        }
    }

    @Test func `a head within the limits is read, with a token as long as they are`() async throws {
        try await serving { place in
            let token = String(repeating: "a", count: 7_000)
            let connection = try RawConnection(place)
            try await connection.send("GET /here HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
            #expect(try await connection.read(until: "hello\n")?.hasPrefix("HTTP/1.1 200") == true)
        }
    }

    @Test(arguments: [
        "", "GET /he", "GET /here HTTP/1.1\r\nHost: a\r\nA", "GET /here HTTP/1.1\r\nContent-Length: 9\r\n\r\na",
    ])
    func `who says a part and no more loses the connection`(text: String) async throws {
        let limits = WebLimits(idle: .milliseconds(300), exchange: .milliseconds(300))
        try await serving(limits) { place in
            let connection = try RawConnection(place)
            try await connection.send(text)
            #expect(try await connection.readToEnd() != nil, "the connection stays open")
            #expect(try await Self.stillServes(place))
        }
    }

    @Test func `a head that trickles in does not keep its connection`() async throws {
        try await serving(WebLimits(idle: .milliseconds(500))) { place in
            let connection = try RawConnection(place)
            let begin = ContinuousClock.now
            // Always something new, and never the end: sent until nobody takes it any more.
            let trickle = Task {
                while !Task.isCancelled {
                    try await connection.send("G")
                    await Task.yield()
                }
            }
            try await eventually("somebody else is served meanwhile") { try await Self.stillServes(place) }
            trickle.cancel()
            _ = try? await trickle.value
            #expect(try await connection.readToEnd() != nil, "the connection stays open")
            #expect(ContinuousClock.now - begin < .seconds(50))
        }
    }

    @Test func `an answer that nobody reads is given up`() async throws {
        try await serving(WebLimits(exchange: .milliseconds(500))) { place in
            let lazy = try RawConnection(place)
            try await lazy.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await Self.stillServes(place))
            // It reads only when the time for it is over.
            let other = try RawConnection(place)
            try await other.send("GET /here HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
            #expect(try await other.readToEnd() != nil)
            let answer = try #require(try await lazy.readToEnd())
            #expect(answer.utf8.count < Self.large)
        }
    }

    @Test func `connections beyond the limit wait, and get their turn`() async throws {
        try await serving(WebLimits(connections: 2, idle: .milliseconds(500))) { place in
            let idle = try (0..<8).map { _ in try RawConnection(place) }
            #expect(try await Self.stillServes(place))
            withExtendedLifetime(idle) {}
        }
    }

    @Test func `whatever bytes come, the server goes on`() async throws {
        try await serving(WebLimits(idle: .milliseconds(200))) { place in
            var generator = SystemRandomNumberGenerator()
            let words = [
                "GET ", "/here", " HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "Transfer-Encoding: chunked\r\n", "5\r\n", ":",
            ]
            for _ in 0..<60 {
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 0...12, using: &generator) {
                    if Bool.random(using: &generator) {
                        bytes += Array((words.randomElement(using: &generator) ?? "").utf8)
                    } else {
                        bytes += (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8.random(in: 0...255) }
                    }
                }
                let connection = try RawConnection(place)
                try await connection.send(bytes)
                #expect(try await connection.readToEnd() != nil, "\(bytes)")
            }
            #expect(try await Self.stillServes(place))
        }
    }
}
