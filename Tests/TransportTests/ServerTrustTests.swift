// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Whom a client believes to be the server it asked for.
@Suite struct ServerTrustTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    private func failure(_ client: HTTPClient, _ request: HTTPRequest) async throws -> TransportError {
        try await Way.whole.failure(client, request)
    }

    @Test func `a trusted server is spoken to, in HTTP 2 with TLS 1_3`() async throws {
        let answer = try await servers.client().send(HTTPRequest(url: servers.url("good", "/host")), deadline: soon)
        #expect(answer.status == 200)
        #expect(answer.head.version == .http2)
        #expect(answer.text.hasSuffix("TLSv1.3"))
        #expect(answer.text.hasPrefix("localhost:"))
    }

    @Test(
        arguments: [
            ("expired", "has expired"), ("othername", "for another name"), ("selfsigned", "self-signed"),
        ],
        Way.allCases
    )
    func `a server that does not prove who it is gets no request`(
        server: (name: String, reason: String),
        way: Way
    ) async throws {
        let url = try servers.url(server.name, "/hello?token=hidden")
        let error = try await way.failure(servers.client(), HTTPRequest(url: url))
        #expect(error.code == .serverNotTrusted)
        #expect(!error.isRetryable)
        #expect(error.message.contains(server.reason), "\(error)")
        #expect(error.message.contains(try servers.url(server.name, "")) && !error.message.contains("hidden"))
    }

    @Test func `an authority that nobody named is not trusted`() async throws {
        let other = try servers.client { $0.trust = .pem((try? servers.file("selfsigned.crt")) ?? []) }
        let error = try await failure(other, HTTPRequest(url: servers.url("good", "/hello")))
        #expect(error.code == .serverNotTrusted)
        #expect(error.message.contains("unknown authority"), "\(error)")
        let system = HTTPClient(tls: TLSConfiguration(trust: .system))
        #expect(try await failure(system, HTTPRequest(url: servers.url("good", "/hello"))).code == .serverNotTrusted)
    }

    @Test(arguments: ["", "no certificate", "ca.der", "client.key"])
    func `authorities that are not PEM certificates are said to be so`(content: String) async throws {
        let bytes = content.contains(".") ? try servers.file(content) : Array(content.utf8)
        let client = try servers.client { $0.trust = .pem(bytes) }
        let error = try await failure(client, HTTPRequest(url: servers.url("good", "/hello")))
        #expect(error.code == .invalidConfiguration && !error.isRetryable, "\(error)")
        #expect(error.message.contains("authorities cannot be read"), "\(error)")
    }

    @Test func `versions before TLS 1_2 are refused`() async throws {
        let error = try await failure(servers.client(), HTTPRequest(url: servers.url("tls11", "/hello")))
        #expect(error.code == .handshakeFailed)
        #expect(error.message.contains("does not speak TLS 1.2"), "\(error)")
    }

    @Test func `a server without TLS is told from one with a bad certificate`() async throws {
        let url = try servers.url("faults", "/hello").replacing("http:", with: "https:")
        let error = try await failure(servers.client(), HTTPRequest(url: url))
        #expect(error.code == .handshakeFailed)
        #expect(error.message.contains("does not speak TLS on this port"), "\(error)")
    }

    @Test func `a server name of one's own is what the certificate must have`() async throws {
        let client = try servers.client { $0.serverName = "other.example.com" }
        let answer = try await client.send(HTTPRequest(url: servers.url("othername", "/host")), deadline: soon)
        #expect(answer.text.hasPrefix("localhost:"), "the Host field stays that of the URL")
        #expect(try await failure(client, HTTPRequest(url: servers.url("good", "/hello"))).code == .serverNotTrusted)
    }
}
