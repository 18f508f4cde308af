// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// The servers of `scripts/tls-server`, started once for the test process.
struct TLSServers: Sendable {
    private static let started = Result { try TLSServers(starting: ()) }
    static var shared: TLSServers { get throws { try started.get() } }

    private let folder: String
    private let endpoints: [String: String]

    private init(starting: Void) throws {
        try Parts.require("nginx", Parts.has("nginx"))
        let process = ProcessInfo.processInfo.processIdentifier
        folder = "/tmp/taffrail-test-tls-\(process)"
        let script = Parts.root.appending(path: "scripts/tls-server").path
        let started = try runBlocking(script, ["start", folder, String(process)])
        guard started.status == 0 else { throw MissingPart(part: "TLS servers that start: \(started.errors)") }
        let lines = try String(contentsOfFile: folder + "/endpoints", encoding: .utf8).split(separator: "\n")
        endpoints = Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let words = line.split(separator: " ").map(String.init)
                return (words[0], words[1])
            }
        )
    }

    func url(_ server: String, _ path: String) throws -> String {
        try #require(endpoints[server]) + path
    }

    /// The URL with something put before the host: a name below `localhost`, or credentials.
    func url(_ server: String, _ path: String, before: String) throws -> String {
        try url(server, path).replacing("//", with: "//" + before, maxReplacements: 1)
    }

    /// What `scripts/faulty-peer` has written down with that mark in it.
    func seenByPeer(_ mark: String) throws -> [PeerEvent] { try events("faults.seen", mark) }

    /// What `scripts/proxy-server` has written down with that mark in it.
    func seenByProxy(_ mark: String) throws -> [ProxyEvent] { try events("proxy.seen", mark) }

    private func events<Event: Decodable>(_ name: String, _ mark: String) throws -> [Event] {
        let lines = String(decoding: try file(name), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        // The last line may be half written.
        return try lines.dropLast().filter { $0.contains(mark) }
            .map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
    }

    func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder + "/" + name)))
    }

    /// Trusts the servers' authority and nobody else.
    func client(
        limits: HTTPLimits = .standard,
        proxy: String? = nil,
        reach: AddressReach = .anywhere,
        change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> HTTPClient {
        var tls = TLSConfiguration(trust: .pem(try file("ca.crt")))
        change(&tls)
        return HTTPClient(tls: tls, limits: limits, proxy: proxy, allowsPlainHTTP: true, reach: reach)
    }

    var clientCertificate: TLSConfiguration.ClientCertificate {
        get throws {
            TLSConfiguration.ClientCertificate(certificate: try file("client.crt"), key: try file("client.key"))
        }
    }
}

/// A line of the misbehaving peer's record.
struct PeerEvent: Decodable {
    /// `request`, `bytes` (of what speaks no HTTP) or `end`.
    let event: String
    let connection: Int
    let method: String?
    let target: String?
    let headers: [String: String]?
}

/// A line of the proxy's record.
struct ProxyEvent: Decodable {
    let proxy: String
    let method: String
    let target: String
    let fields: [String]
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
