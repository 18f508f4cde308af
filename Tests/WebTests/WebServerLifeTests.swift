// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

@testable import Web

/// When the server begins and ends.
struct WebServerLifeTests {
    private static let anywhere = ListenAddress(host: "127.0.0.1", port: 0)

    private struct Finished: Error {}

    @Test func `an address that is taken is said to be, before anything begins`() async throws {
        try await WebServer(at: Self.anywhere, routes: Routes()).serve { place in
            let error = await #expect(throws: WebError.self) {
                try await WebServer(at: place, routes: Routes()).serve { _ in Issue.record("it began") }
            }
            #expect(error?.code == .cannotListen && error?.description.contains("\(place)") == true)
        }
        let elsewhere = ListenAddress(host: "192.0.2.1", port: 8_080)
        await #expect(throws: WebError.self) { try await WebServer(at: elsewhere, routes: Routes()).serve { _ in } }
    }

    @Test func `it ends with what it serves for, and hands on what came of that`() async throws {
        let server = WebServer(at: Self.anywhere, routes: Routes())
        let place = try await server.serve { $0 }
        #expect(place.port > 0)
        #expect(throws: (any Error).self) { _ = try RawConnection(place) }
        await #expect(throws: Finished.self) { try await server.serve { _ in throw Finished() } }
    }

    @Test func `an answer that is under way is finished first, and idle connections are closed`() async throws {
        let (asked, going) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        var routes = Routes()
        routes.get("/slow") { _ in
            asked.continuation.yield()
            for await _ in going.stream { break }
            return .text(200, "done")
        }
        let connection = try await WebServer(
            at: Self.anywhere,
            routes: routes,
            limits: WebLimits(farewell: .seconds(60))
        )
        .serve { place in
            let (connection, idle) = (try RawConnection(place), try RawConnection(place))
            try await connection.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in asked.stream { break }
            // Once the server ends, the idle connection does; only then the endpoint goes on.
            Task {
                let end = try? await idle.readToEnd()
                going.continuation.yield()
                #expect(end != nil, "the idle connection stays open")
            }
            return connection
        }
        let answer = try #require(try await connection.readToEnd())
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("done\n"))
    }

    @Test func `an endpoint that does not come to its end does not keep the server from ending`() async throws {
        let (asked, never) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        var routes = Routes()
        routes.get("/stuck") { _ in
            asked.continuation.yield()
            for await _ in never.stream {}
            return .text(200, "done")
        }
        let begin = ContinuousClock.now
        let limits = WebLimits(farewell: .milliseconds(300))
        let connection = try await WebServer(at: Self.anywhere, routes: routes, limits: limits).serve { place in
            let connection = try RawConnection(place)
            try await connection.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in asked.stream { break }
            return connection
        }
        #expect(ContinuousClock.now - begin < .seconds(50))
        withExtendedLifetime((connection, never.continuation)) {}
    }

    @Test func `what is answered is told, by paths that there are`() async throws {
        let told = Locked<[String]>([])
        var routes = Routes()
        routes.get("/here") { _ in .text(200, "hello") }
        let server = WebServer(at: Self.anywhere, routes: routes) { path, method, status, _ in
            told.withLock { $0.append("\(path ?? "?") \(method) \(status)") }
        }
        try await server.serve { place in
            for line in ["GET /here", "POST /here", "GET /made-up"] {
                let connection = try RawConnection(place)
                try await connection.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await connection.read(until: "\r\n\r\n")
            }
        }
        #expect(told.withLock { $0 } == ["/here GET 200", "/here POST 405", "? GET 404"])
    }
}
