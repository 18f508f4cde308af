// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// What is asked for, and what is refused before it is sent.
@Suite struct ClientTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    private func failure(
        _ client: HTTPClient,
        _ request: HTTPRequest,
        deadline: Deadline? = nil
    ) async throws
        -> TransportError
    {
        try await #require(throws: TransportError.self) {
            _ = try await client.send(request, deadline: deadline ?? soon)
        }
    }

    @Test(arguments: [
        ("http://user:hidden@localhost/", "carries credentials"), ("ftp://localhost/", "ftp is not allowed"),
        ("https://", "cannot be read"), ("https://local host/?hidden", "cannot be read"),
    ])
    func `a URL that must not be used is refused without being shown`(url: String, text: String) async throws {
        let error = try await failure(servers.client(), HTTPRequest(url: url))
        #expect(error.code == .invalidRequest)
        #expect(error.message.contains(text) && !error.message.contains("hidden"), "\(error)")
    }

    @Test func `a line end cannot be smuggled into a field`() async throws {
        let request = HTTPRequest(
            url: try servers.url("good", "/hello"),
            headers: [HTTPHeader("X-A", "1\r\nX-B: secret")]
        )
        let error = try await failure(servers.client(), request)
        #expect(error.code == .invalidRequest && !error.message.contains("secret"))
    }

    @Test func `20 MB go there and back unchanged`() async throws {
        let body = try servers.file("files/large")
        let request = HTTPRequest(method: "POST", url: try servers.url("good", "/faults/mirror"), body: body)
        #expect(try await servers.client().send(request, deadline: soon).body == body)
    }

    @Test func `nobody listens, no such name`() async throws {
        let refused = try await failure(servers.client(), HTTPRequest(url: "https://localhost:1/"))
        #expect(refused.code == .connectFailed && refused.isRetryable)
        let unknown = try await failure(servers.client(), HTTPRequest(url: "https://nowhere.invalid/"))
        #expect(unknown.code == .nameNotResolved)
    }

    @Test func `loopback is out of reach where tenants name the host`() async throws {
        let client = HTTPClient(
            tls: TLSConfiguration(trust: .pem(try servers.file("ca.crt"))),
            reach: .beyondThisHost
        )
        #expect(try await failure(client, HTTPRequest(url: servers.url("good", "/hello"))).code == .addressRefused)
    }

    @Test func `closing a client ends what is under way and refuses what comes after`() async throws {
        let client = try servers.client()
        let stream = try await client.stream(HTTPRequest(url: servers.url("faults", "/drip")), deadline: soon)
        client.close()
        let error = try await #require(throws: TransportError.self) { for try await _ in stream {} }
        #expect(error.code == .closed)
        #expect(try await failure(client, HTTPRequest(url: servers.url("good", "/hello"))).code == .closed)
    }
}
