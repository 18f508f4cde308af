// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Requests through a proxy, which writes down what it sees.
@Suite struct ProxyTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    private static let credentials = "sailor:hidden-word@"
    /// As they are in a field.
    private static let encoded = "c2FpbG9yOmhpZGRlbi13b3Jk"

    private func client(through proxy: String, _ credentials: String = "") throws -> HTTPClient {
        try servers.client(proxy: servers.url(proxy, "", before: credentials))
    }

    @Test(
        arguments: [("proxy-open", ""), ("proxy-guarded", credentials), ("proxy-guarded-tls", credentials)],
        Way.allCases
    )
    func `neither learns the other's credentials`(proxy: (name: String, credentials: String), way: Way) async throws {
        let mark = UUID().uuidString.lowercased()
        // A host of its own, by which the proxy's record of this test can be found; the certificate has it not.
        var request = HTTPRequest(url: try servers.url("faults-tls", "/hello?\(mark)", before: mark + "."))
        request.headers = [HTTPHeader("Authorization", "Bearer for-the-server"), HTTPHeader("X-Mine", "x")]
        let client = try client(through: proxy.name, proxy.credentials)
        // An https proxy's certificate is for localhost, which must not do for the server.
        #expect(try await way.failure(client, request).code == .serverNotTrusted, "the tunnel proves nothing")
        let named = try servers.client(proxy: servers.url(proxy.name, "", before: proxy.credentials)) {
            $0.serverName = "localhost"
        }
        // Under a TLS server name of one's own the proxy is still asked for the host of the URL.
        #expect(try await way.response(named, request, deadline: soon).text == "hello")

        let connects = try servers.seenByProxy(mark)
        #expect(!connects.isEmpty && connects.allSatisfy { $0.method == "CONNECT" && $0.target.hasPrefix(mark) })
        let toProxy = connects.flatMap(\.fields).joined(separator: "\n").lowercased()
        #expect(!toProxy.contains("for-the-server") && !toProxy.contains("x-mine"), "\(toProxy)")
        #expect(toProxy.contains("proxy-authorization") == !proxy.credentials.isEmpty)

        let toServer = try #require(try servers.seenByPeer(mark).last { $0.event == "request" }?.headers)
        #expect(toServer["authorization"] == "Bearer for-the-server")
        #expect(!toServer.keys.contains { $0.hasPrefix("proxy-") })
        #expect(!toServer.values.contains { $0.contains(Self.encoded) })
    }

    @Test(arguments: Way.allCases)
    func `a plain request passes through with the credentials left at the proxy`(way: Way) async throws {
        let mark = UUID().uuidString
        let request = HTTPRequest(url: try servers.url("faults", "/hello?\(mark)"))
        let answer = try await way.response(client(through: "proxy-guarded", Self.credentials), request, deadline: soon)
        #expect(answer.text == "hello")
        #expect(try servers.seenByProxy(mark).first?.method == "GET")
    }

    @Test func `HTTP 2 is spoken through a tunnel, by all requests through one`() async throws {
        let client = try client(through: "proxy-guarded", Self.credentials)
        let request = HTTPRequest(url: try servers.url("good", "/connection"))
        let answers = try await Array(0..<100).concurrentMap(limit: 16) { _ in
            try await client.send(request, deadline: .after(.seconds(120))).text
        }
        #expect(Set(answers).count == 1 && answers[0].hasSuffix("HTTP/2.0"))
    }

    @Test(
        arguments: [
            ("proxy-guarded", "", .proxyRefused, "wants credentials"),
            ("proxy-guarded", "sailor:wrong-word@", .proxyRefused, "check them"),
            ("proxy-guarded-tls", "sailor:wrong-word@", .proxyRefused, "check them"),
            ("proxy-guarded", "sailor@", .proxyRefused, "check them"),
            ("proxy-refusing", credentials, .proxyRefused, "403"),
            ("proxy-broken", credentials, .connectFailed, "502"),
        ] as [(String, String, TransportError.Code, String)],
        Way.allCases
    )
    func `a proxy that does not connect us is named, its credentials are not`(
        proxy: (name: String, credentials: String, code: TransportError.Code, text: String),
        way: Way
    ) async throws {
        let client = try client(through: proxy.name, proxy.credentials)
        let error = try await way.failure(client, HTTPRequest(url: servers.url("good", "/hello")))
        #expect(error.code == proxy.code, "\(error)")
        #expect(error.isRetryable == (proxy.code == .connectFailed))
        #expect(error.message.contains(proxy.text) && error.message.contains("the proxy"), "\(error)")
        for secret in ["sailor", "word", Self.encoded] { #expect(!error.message.contains(secret), "\(error)") }
    }

    @Test(
        arguments: [
            ("ftp://sailor:hidden-word@localhost:1", .invalidConfiguration),
            ("socks4://sailor:hidden-word@localhost:1", .invalidConfiguration),
            ("http://sailor:hidden-word@local host:1", .invalidConfiguration),
            ("http://sailor:hidden-word@localhost:99999", .invalidConfiguration),
            ("sailor:hidden-word@localhost:1", .invalidConfiguration), ("", .invalidConfiguration),
            ("http://sailor:hidden-word@localhost:1", .connectFailed),
            ("https://sailor:hidden-word@localhost:1", .connectFailed),
            ("socks5h://sailor:hidden-word@localhost:1", .connectFailed),
            ("http://sailor:hidden-word@nowhere.invalid:1", .nameNotResolved),
        ] as [(String, TransportError.Code)],
        Way.allCases
    )
    func `a proxy that cannot be used is an error without its credentials`(
        proxy: (url: String, code: TransportError.Code),
        way: Way
    ) async throws {
        let error = try await way.failure(
            servers.client(proxy: proxy.url),
            HTTPRequest(url: servers.url("good", "/hello"))
        )
        #expect(error.code == proxy.code, "\(error)")
        for secret in ["sailor", "word"] { #expect(!error.message.contains(secret), "\(error)") }
    }

    @Test func `credentials are taken percent-encoded, and a port that is not given is the scheme's`() throws {
        let proxy = try ProxyAddress("http://sa%40ilor:p%3Ass%2F@proxy.example.com")
        #expect(proxy.url == "http://proxy.example.com:80" && proxy.user == "sa@ilor" && proxy.password == "p:ss/")
        #expect(try ProxyAddress("HTTPS://[::1]/path").url == "https://[::1]:443")
        // Names are the proxy's to resolve, whichever is written.
        #expect(try ProxyAddress("socks5://a").url == "socks5h://a:1080")
        #expect(try ProxyAddress("socks5h://a").url == "socks5h://a:1080")
    }

    @Test func `a proxy with TLS must prove who it is, also where the server need not`() async throws {
        let client = HTTPClient(
            tls: TLSConfiguration(trust: .system, verification: .none),
            proxy: try servers.url("proxy-guarded-tls", "", before: Self.credentials)
        )
        let error = try await Way.whole.failure(client, HTTPRequest(url: servers.url("good", "/hello")))
        #expect(error.code == .serverNotTrusted, "\(error)")
    }

    @Test func `it is the proxy that must be within reach`() async throws {
        let client = try servers.client(proxy: servers.url("proxy-open", ""), reach: .beyondThisHost)
        let error = try await Way.whole.failure(client, HTTPRequest(url: "https://example.com/"))
        #expect(error.code == .addressRefused)
    }

    @Test func `the environment's proxies are ignored`() async throws {
        let urls = [try servers.url("good", "/hello"), try servers.url("faults", "/hello")]
        let proxy = try servers.url("proxy-refusing", "")
        let authority = try servers.file("ca.crt")
        // In a process of its own: an environment cannot be changed under threads that read it.
        await #expect(processExitsWith: .success) {
            [urls = urls as [String], proxy = proxy as String, authority = authority as [UInt8]] in
            for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
                setenv(name, proxy, 1)
            }
            let client = HTTPClient(tls: TLSConfiguration(trust: .pem(authority)), allowsPlainHTTP: true)
            for url in urls {
                for way in Way.allCases {
                    let answer = try await way.response(client, HTTPRequest(url: url), deadline: .after(.seconds(120)))
                    #expect(answer.text == "hello")
                }
            }
        }
    }
}
