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

    func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder + "/" + name)))
    }

    /// Trusts the servers' authority and nobody else.
    func client(
        limits: HTTPLimits = .standard,
        change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> HTTPClient {
        var tls = TLSConfiguration(trust: .pem(try file("ca.crt")))
        change(&tls)
        return HTTPClient(tls: tls, limits: limits, allowsPlainHTTP: true)
    }

    var clientCertificate: TLSConfiguration.ClientCertificate {
        get throws {
            TLSConfiguration.ClientCertificate(certificate: try file("client.crt"), key: try file("client.key"))
        }
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
