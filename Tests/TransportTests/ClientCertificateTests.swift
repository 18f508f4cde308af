// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Whom a server believes to be its client.
@Suite struct ClientCertificateTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    private func certificate(
        key: String = "client.key",
        passphrase: String? = nil
    ) throws -> TLSConfiguration.ClientCertificate {
        .init(certificate: try servers.file("client.crt"), key: try servers.file(key), passphrase: passphrase)
    }

    @Test(
        arguments: [
            ("client.key", nil), ("client.key", "not needed"), ("client-encrypted.key", "open-sesame"),
            ("client-legacy.key", "open-sesame"),
        ] as [(String, String?)],
        ["mutual", "strict12", "strict13", "picky12", "picky13"]
    )
    func `a client certificate is shown where it is asked for`(
        key: (file: String, passphrase: String?),
        server: String
    ) async throws {
        let certificate = try certificate(key: key.file, passphrase: key.passphrase)
        let client = try servers.client { $0.clientCertificate = certificate }
        let answer = try await client.send(HTTPRequest(url: servers.url(server, "/client")), deadline: soon)
        #expect(answer.text == (server.hasPrefix("picky") ? "hello" : "CN=a-client"))
    }

    @Test(
        arguments: [
            ("client-encrypted.key", nil), ("client-encrypted.key", "wrong"), ("client-encrypted.key", ""),
            ("client-legacy.key", nil), ("client-legacy.key", "wrong"), ("good.key", nil), ("client.csr", nil),
            ("ca.der", nil),
        ] as [(String, String?)],
        Way.allCases
    )
    func `a key that cannot be used is refused before anything is sent`(
        key: (file: String, passphrase: String?),
        way: Way
    ) async throws {
        let certificate = try certificate(key: key.file, passphrase: key.passphrase)
        let client = try servers.client { $0.clientCertificate = certificate }
        let error = try await way.failure(client, HTTPRequest(url: servers.url("mutual", "/client")))
        #expect(error.code == .invalidConfiguration && !error.isRetryable, "\(error)")
        #expect(error.message.contains("passphrase") && !error.message.contains("wrong"), "\(error)")
    }

    @Test func `a certificate that is not PEM is refused`() async throws {
        let text = TLSConfiguration.ClientCertificate(
            certificate: Array("text".utf8),
            key: try servers.file("client.key")
        )
        let client = try servers.client { $0.clientCertificate = text }
        let error = try await Way.whole.failure(client, HTTPRequest(url: servers.url("mutual", "/client")))
        #expect(error.code == .invalidConfiguration, "\(error)")
    }

    @Test func `a server may let a client without certificate in, to tell it so in HTTP`() async throws {
        let answer = try await servers.client().send(HTTPRequest(url: servers.url("mutual", "/client")), deadline: soon)
        #expect(answer.status == 400)
    }

    @Test(arguments: ["strict12", "strict13", "picky12", "picky13"], Way.allCases)
    func `a server that breaks off for want of a certificate is understood`(server: String, way: Way) async throws {
        for method in ["GET", "POST"] {
            let body = method == "POST" ? [UInt8](repeating: 7, count: 1 << 20) : []
            let request = HTTPRequest(method: method, url: try servers.url(server, "/client"), body: body)
            let error = try await way.failure(servers.client(), request)
            #expect(error.code == .clientNotTrusted && !error.isRetryable, "\(method): \(error)")
            #expect(error.message.contains("wants a client certificate"), "\(method): \(error)")
        }
    }

    @Test(arguments: ["picky12", "picky13"], Way.allCases)
    func `a server that does not know our authority is understood`(server: String, way: Way) async throws {
        let stranger = TLSConfiguration.ClientCertificate(
            certificate: try servers.file("selfsigned.crt"),
            key: try servers.file("selfsigned.key")
        )
        let client = try servers.client { $0.clientCertificate = stranger }
        let error = try await way.failure(client, HTTPRequest(url: servers.url(server, "/client")))
        #expect(error.code == .clientNotTrusted && !error.isRetryable, "\(error)")
        #expect(error.message.contains("does not accept our client certificate"), "\(error)")
    }
}
