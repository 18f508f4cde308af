// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Streams, as watches are, beside each other and beside ordinary requests.
@Suite struct ManyStreamsTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    private func open(
        _ count: Int,
        _ client: HTTPClient,
        _ server: String,
        _ path: String
    ) async throws -> [HTTPStream] {
        let request = HTTPRequest(url: try servers.url(server, path))
        return try await Array(0..<count).concurrentMap(limit: 16) { _ in
            try await client.stream(request, deadline: .after(.seconds(120)))
        }
    }

    @Test func `a hundred long streams neither hold up requests nor starve by them`() async throws {
        let client = try servers.client()
        let streams = try await open(100, client, "faults-tls", "/drip")
        let request = HTTPRequest(url: try servers.url("good", "/connection"))
        let answers = try await Array(0..<300).concurrentMap(limit: 32) { _ in
            try await client.send(request, deadline: .after(.seconds(120))).text
        }
        #expect(Set(answers).count == 1, "all of them on one connection of their own")
        for stream in streams {
            // Chunk after chunk: what has gathered meanwhile is one of them, so that it goes on.
            let iterator = stream.makeAsyncIterator()
            for _ in 0..<3 { #expect(try await iterator.next()?.isEmpty == false) }
        }
    }

    @Test func `requests stay on one HTTP 2 connection while streams of the same server are under way`() async throws {
        let client = try servers.client()
        let request = HTTPRequest(url: try servers.url("good", "/connection"))
        func connections() async throws -> Set<String> {
            let answers = try await Array(0..<200).concurrentMap(limit: 32) { _ in
                try await client.send(request, deadline: .after(.seconds(120))).text
            }
            return Set(answers)
        }
        // Streams before the first request, between them and while they are answered.
        var streams = try await open(30, client, "good", "/faults/drip")
        async let opened = open(30, client, "good", "/faults/drip")
        let first = try await connections()
        streams += try await opened
        let second = try await connections()
        #expect(first.count == 1 && first == second, "\(first) \(second)")
        #expect(first.first?.hasSuffix(" HTTP/2.0") == true, "\(first)")
        for stream in streams { #expect(try await stream.makeAsyncIterator().next()?.isEmpty == false) }
    }

    @Test func `streams of one server from nginx, in HTTP 1_1, have a connection each`() async throws {
        let client = try servers.client()
        let streams = try await open(60, client, "good", "/faults/half")
        for stream in streams {
            #expect(stream.head.version == .http1)
            #expect(try await stream.makeAsyncIterator().next() == Array("half".utf8))
        }
    }

    @Test func `streams that nobody reads stop neither requests nor other streams`() async throws {
        let client = try servers.client()
        let unread = try await open(20, client, "good", "/huge")
        let answer = try await client.send(HTTPRequest(url: servers.url("good", "/hello")), deadline: soon)
        #expect(answer.text == "hello")
        let request = HTTPRequest(url: try servers.url("good", "/large"))
        let other = try await Way.streamed.response(client, request, deadline: soon)
        #expect(other.body == (try servers.file("files/large")))
        #expect(unread.allSatisfy { $0.status == 200 })
    }

    @Test func `the idle limit ends a half-open watch, and not one whose reader is slow`() async throws {
        let client = try servers.client()
        var slow = HTTPRequest(url: try servers.url("good", "/large"))
        slow.idleTimeout = .seconds(1)
        let unread = try await client.stream(slow, deadline: soon)
        // Two limits of the first pass meanwhile.
        var watch = HTTPRequest(url: try servers.url("faults-tls", "/half"))
        watch.idleTimeout = .seconds(2)
        let stream = try await client.stream(watch, deadline: soon)
        let error = try await #require(throws: TransportError.self) { for try await _ in stream {} }
        #expect(error.code == .idleTimedOut && error.isRetryable)
        var count = 0
        for try await chunk in unread { count += chunk.count }
        #expect(count == 20_000_000)
    }
}
