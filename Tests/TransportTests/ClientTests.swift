// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Requests to nginx with TLS, and to a peer that misbehaves.
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

    // MARK: - TLS

    @Test func `a trusted server is spoken to, in HTTP 2 with TLS 1_3`() async throws {
        let answer = try await servers.client().send(HTTPRequest(url: servers.url("good", "/host")), deadline: soon)
        #expect(answer.status == 200)
        #expect(answer.head.version == .http2)
        #expect(answer.text.hasSuffix("TLSv1.3"))
        #expect(answer.text.hasPrefix("localhost:"))
    }

    @Test(arguments: ["expired", "othername", "selfsigned"])
    func `a server that does not prove who it is gets no request`(server: String) async throws {
        let url = try servers.url(server, "/hello?token=hidden")
        let error = try await failure(servers.client(), HTTPRequest(url: url))
        #expect(error.code == .serverNotTrusted)
        #expect(!error.isRetryable)
        #expect(error.message.contains(try servers.url(server, "")) && !error.message.contains("hidden"))
    }

    @Test func `an authority that nobody named is not trusted`() async throws {
        let other = try servers.client { $0.trust = .pem((try? servers.file("selfsigned.crt")) ?? []) }
        let error = try await failure(other, HTTPRequest(url: servers.url("good", "/hello")))
        #expect(error.code == .serverNotTrusted)
        let system = HTTPClient(tls: TLSConfiguration(trust: .system))
        #expect(try await failure(system, HTTPRequest(url: servers.url("good", "/hello"))).code == .serverNotTrusted)
    }

    @Test func `versions before TLS 1_2 are refused`() async throws {
        let error = try await failure(servers.client(), HTTPRequest(url: servers.url("tls11", "/hello")))
        #expect([.handshakeFailed, .serverNotTrusted].contains(error.code))
    }

    @Test func `a server name of one's own is what the certificate must have`() async throws {
        let client = try servers.client { $0.serverName = "other.example.com" }
        let answer = try await client.send(HTTPRequest(url: servers.url("othername", "/host")), deadline: soon)
        #expect(answer.text.hasPrefix("localhost:"), "the Host field stays that of the URL")
        #expect(try await failure(client, HTTPRequest(url: servers.url("good", "/hello"))).code == .serverNotTrusted)
    }

    @Test func `a client certificate is shown where it is asked for`() async throws {
        let url = try servers.url("mutual", "/client")
        let certificate = try servers.clientCertificate
        let known = try servers.client { $0.clientCertificate = certificate }
        #expect(try await known.send(HTTPRequest(url: url), deadline: soon).text == "CN=a-client")
        #expect(try await servers.client().send(HTTPRequest(url: url), deadline: soon).status == 400)
    }

    @Test func `a key of another certificate is refused before anything is sent`() async throws {
        var certificate = try servers.clientCertificate
        certificate.key = try servers.file("good.key")
        let client = try servers.client { $0.clientCertificate = certificate }
        let error = try await failure(client, HTTPRequest(url: servers.url("mutual", "/client")))
        #expect(error.code == .invalidConfiguration)
    }

    // MARK: - Requests

    @Test func `a redirect is a response, so that no credential follows it`() async throws {
        let request = HTTPRequest(
            url: try servers.url("good", "/redirect"),
            headers: [HTTPHeader("Authorization", "Bearer secret")]
        )
        let answer = try await servers.client().send(request, deadline: soon)
        #expect(answer.status == 302)
        #expect(answer.header("location")?.hasSuffix("/hello") == true)
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
        let request = HTTPRequest(method: "POST", url: try servers.url("good", "/echo"), body: body)
        #expect(try await servers.client().send(request, deadline: soon).body == body)
    }

    @Test func `many requests share few connections`() async throws {
        let client = try servers.client()
        let url = try servers.url("good", "/hello")
        let answers = try await Array(0..<500).concurrentMap(limit: 64) { _ in
            try await client.send(HTTPRequest(url: url), deadline: .after(.seconds(120))).text
        }
        #expect(answers.allSatisfy { $0 == "hello" } && answers.count == 500)
    }

    @Test func `a body beyond the limit is refused`() async throws {
        let client = try servers.client(limits: HTTPLimits(maxBodyBytes: 1_000_000))
        let error = try await failure(client, HTTPRequest(url: servers.url("good", "/large")))
        #expect(error.code == .responseTooLarge)
        #expect(error.message.contains("1000000"))
    }

    // MARK: - Faults

    @Test(
        arguments: [
            ("/cut", .connectionLost), ("/cut-chunked", .connectionLost), ("/garbage", .malformedResponse),
            ("/header", .malformedResponse), ("/reset", .connectionLost),
        ] as [(String, TransportError.Code)]
    )
    func `a response that is not whole is an error`(path: String, code: TransportError.Code) async throws {
        let error = try await failure(servers.client(), HTTPRequest(url: servers.url("faults", path)))
        #expect(error.code == code, "\(error)")
        #expect(error.message.contains("http://localhost"))
    }

    @Test func `a deadline ends a request to a silent server, and one whose body drips`() async throws {
        for path in ["/silent", "/drip"] {
            let error = try await failure(
                servers.client(),
                HTTPRequest(url: servers.url("faults", path)),
                deadline: .after(.milliseconds(300))
            )
            #expect(error.code == .deadlineExceeded, "\(path)")
            #expect(error.isRetryable)
        }
    }

    @Test func `silence beyond the idle limit ends a request, dripping does not`() async throws {
        let client = try servers.client(limits: HTTPLimits(idleTimeout: .seconds(1)))
        let error = try await failure(client, HTTPRequest(url: servers.url("faults", "/silent")))
        #expect(error.code == .idleTimedOut)
        let dripping = HTTPRequest(url: try servers.url("faults", "/drip"))
        let longer = try await failure(client, dripping, deadline: .after(.milliseconds(1_600)))
        #expect(longer.code == .deadlineExceeded)
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

    @Test func `cancelling a task ends its request in every phase`() async throws {
        let client = try servers.client()
        for (path, yields) in (0..<60).map({ (["/silent", "/drip"][$0 % 2], $0 * $0) }) {
            let request = HTTPRequest(url: try servers.url("faults", path))
            let task = Task { try await client.send(request, deadline: .after(.seconds(60))) }
            for _ in 0..<yields { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(try await client.send(HTTPRequest(url: servers.url("good", "/hello")), deadline: soon).text == "hello")
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
