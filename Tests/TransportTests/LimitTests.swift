// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// How much of a response a client takes.
@Suite struct LimitTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    @Test(
        arguments: [
            ("/header", "longer than 262144 bytes"), ("/header-line", "longer than"),
            ("/interim", "more than 2000 lines"), ("/headers?5000", "more than 2000 lines"),
            ("/trailers", "more than 2000 lines"),
        ],
        Way.allCases
    )
    func `a head or trailer beyond the limits is refused`(answer: (path: String, text: String), way: Way) async throws {
        let error = try await way.failure(servers.client(), HTTPRequest(url: servers.url("faults-tls", answer.path)))
        #expect(error.code == .responseTooLarge && !error.isRetryable, "\(error)")
        #expect(error.message.contains(answer.text), "\(error)")
    }

    @Test func `as many headers as a generous server sends are taken`() async throws {
        let request = HTTPRequest(url: try servers.url("faults-tls", "/headers?1000"))
        #expect(try await servers.client().send(request, deadline: soon).headers.count == 1_001)
    }

    @Test(
        arguments: [
            ("good", "/large"), ("faults-tls", "/announced"), ("faults-tls", "/endless"), ("good", "/faults/endless"),
        ]
    )
    func `a body beyond the limit is refused, announced or not`(server: String, path: String) async throws {
        let client = try servers.client(limits: HTTPLimits(maxBodyBytes: 1_000_000))
        let error = try await Way.whole.failure(client, HTTPRequest(url: servers.url(server, path)))
        #expect(error.code == .responseTooLarge && !error.isRetryable)
        #expect(error.message.contains("1000000"))
        let answer = try await client.send(HTTPRequest(url: servers.url("good", "/hello")), deadline: soon)
        #expect(answer.text == "hello", "and the client goes on")
    }

    @Test(arguments: [("good", "/large"), ("faults-tls", "/announced")])
    func `a length that is only announced is no body`(server: String, path: String) async throws {
        let client = try servers.client(limits: HTTPLimits(maxBodyBytes: 1_000_000))
        let request = HTTPRequest(method: "HEAD", url: try servers.url(server, path))
        let answer = try await client.send(request, deadline: soon)
        #expect(answer.header("content-length").flatMap { Int($0) } ?? 0 > 1_000_000 && answer.body.isEmpty)
    }
}
