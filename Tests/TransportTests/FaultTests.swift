// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Servers that break off, send rubbish, or fall silent.
@Suite struct FaultTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    @Test(
        arguments: [
            ("faults", "/cut", .connectionLost), ("faults", "/cut-chunked", .connectionLost),
            ("faults", "/reset", .connectionLost), ("faults", "/garbage", .malformedResponse),
            ("faults-tls", "/cut", .connectionLost), ("faults-tls", "/cut-chunked", .connectionLost),
            ("faults-tls", "/reset", .connectionLost), ("faults-tls", "/garbage", .malformedResponse),
            ("faults-tls", "/unframed", .connectionLost), ("good", "/faults/cut", .connectionLost),
            ("good", "/faults/cut-chunked", .connectionLost),
        ] as [(String, String, TransportError.Code)],
        Way.allCases
    )
    func `a response that is not whole is an error`(
        fault: (server: String, path: String, code: TransportError.Code),
        way: Way
    ) async throws {
        let error = try await way.failure(servers.client(), HTTPRequest(url: servers.url(fault.server, fault.path)))
        #expect(error.code == fault.code, "\(error)")
        #expect(error.message.contains(try servers.url(fault.server, fault.path)))
    }

    @Test(arguments: [("faults", "/unframed", "perhaps all"), ("faults-tls", "/farewell", "all")], Way.allCases)
    func `a body that ends with the connection is whole where nobody can have cut it`(
        answer: (server: String, path: String, text: String),
        way: Way
    ) async throws {
        let request = HTTPRequest(url: try servers.url(answer.server, answer.path))
        #expect(try await way.response(servers.client(), request, deadline: soon).text == answer.text)
    }

    // MARK: - Silence

    @Test(arguments: ["full", "mute", "proxy-silent"], Way.allCases)
    func `the connect limit covers connecting, the proxy and the handshake`(server: String, way: Way) async throws {
        let client = try servers.client(
            limits: HTTPLimits(connectTimeout: .milliseconds(300)),
            proxy: server == "proxy-silent" ? servers.url(server, "") : nil
        )
        let url = try servers.url(server == "proxy-silent" ? "good" : server, "/hello")
        let error = try await way.failure(client, HTTPRequest(url: url))
        #expect(error.code == .connectTimedOut && error.isRetryable, "\(error)")
    }

    @Test(
        arguments: [
            ("full", "", "connecting"), ("mute", "", "connecting"),
            ("faults-tls", "/silent", "waiting for the response"), ("faults", "/silent", "waiting for the response"),
            ("faults", "/stuck", "sending the request"), ("faults", "/drip", "reading the response"),
            ("faults-tls", "/half", "reading the response"),
        ],
        Way.allCases
    )
    func `a deadline ends a request wherever it hangs, and says where`(
        place: (server: String, path: String, doing: String),
        way: Way
    ) async throws {
        let request = try request(place.server, place.path)
        // So early on a busy machine that it is somewhere else still, then longer.
        var limit = Duration.milliseconds(500)
        var error: TransportError
        repeat {
            error = try await way.failure(servers.client(), request, deadline: .after(limit))
            #expect(error.code == .deadlineExceeded && error.isRetryable, "\(error)")
            limit *= 3
        } while !error.message.hasSuffix(place.doing) && limit < .seconds(60)
        #expect(error.message.hasSuffix(place.doing), "\(error)")
    }

    @Test(
        arguments: [
            ("faults", "/silent", "waiting for the response"), ("faults-tls", "/silent", "waiting for the response"),
            ("good", "/faults/silent", "waiting for the response"), ("faults", "/half", "reading the response"),
            ("faults-tls", "/half", "reading the response"), ("good", "/faults/half", "reading the response"),
            ("faults-tls", "/stuck", "sending the request"),
        ],
        Way.allCases
    )
    func `the idle limit finds a peer that is half open`(
        place: (server: String, path: String, doing: String),
        way: Way
    ) async throws {
        let client = try servers.client(limits: HTTPLimits(idleTimeout: .seconds(1)))
        let error = try await way.failure(client, request(place.server, place.path))
        #expect(error.code == .idleTimedOut && error.isRetryable, "\(error)")
        #expect(error.message.hasSuffix(place.doing), "\(error)")
    }

    @Test func `bytes that come slowly are no silence`() async throws {
        let client = try servers.client(limits: HTTPLimits(idleTimeout: .seconds(2)))
        let error = try await Way.whole.failure(client, request("faults", "/drip"), deadline: .after(.seconds(5)))
        #expect(error.code == .deadlineExceeded)
    }

    @Test(arguments: Way.allCases)
    func `bytes that leave slowly are no silence`(way: Way) async throws {
        let client = try servers.client(limits: HTTPLimits(idleTimeout: .seconds(2)))
        let body = [UInt8](repeating: 7, count: 40_000_000)
        let slow = HTTPRequest(method: "POST", url: try servers.url("faults", "/sluggish"), body: body)
        #expect(try await way.response(client, slow, deadline: soon).text == "ok")
    }

    private func request(_ server: String, _ path: String) throws -> HTTPRequest {
        // More than the kernel keeps for a peer that does not read.
        let body = path == "/stuck" ? [UInt8](repeating: 7, count: 20_000_000) : []
        return HTTPRequest(method: body.isEmpty ? "GET" : "POST", url: try servers.url(server, path), body: body)
    }
}
