// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// A task's cancellation, in every phase of its request.
///
/// Serialized, because sockets that connect are told apart by their port alone.
@Suite(.serialized) struct CancellationTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    /// Cancels a request once it is where it should be, and expects its task to end so.
    private func cancel(
        _ request: HTTPRequest,
        _ way: Way,
        when isThere: @escaping () throws -> Bool
    ) async throws {
        let client = try servers.client()
        let task = Task { _ = try await way.response(client, request, deadline: .after(.seconds(600))) }
        try await eventually("the request is on its way", isThere)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let after = HTTPRequest(url: try servers.url("good", "/hello"))
        #expect(try await way.response(client, after, deadline: soon).text == "hello", "and the client goes on")
    }

    @Test(arguments: Way.allCases)
    func `while resolving the name`(way: Way) async throws {
        let name = UUID().uuidString.lowercased() + HangingLookup.suffix
        defer { HangingLookup.release(name) }
        try await cancel(HTTPRequest(url: "https://\(name)/"), way) { HangingLookup.hasBegun(name) }
    }

    @Test(arguments: Way.allCases)
    func `while connecting`(way: Way) async throws {
        let url = try servers.url("full", "/hello")
        let port = try #require(url.split(separator: ":").last?.split(separator: "/").first.flatMap { UInt16($0) })
        try await cancel(HTTPRequest(url: url), way) { try isConnecting(to: port) }
        try await eventually("the socket is closed") { try !isConnecting(to: port) }
    }

    @Test(arguments: Way.allCases)
    func `during the handshake`(way: Way) async throws {
        let mark = UUID().uuidString.lowercased()
        // The name is in what TLS says first.
        let request = HTTPRequest(url: try servers.url("mute", "/hello", before: mark + "."))
        try await cancel(request, way) { try !servers.seenByPeer(mark).isEmpty }
        let connection = try #require(try servers.seenByPeer(mark).first?.connection)
        try await eventually("the peer sees the end") {
            try servers.seenByPeer("\"end\"").contains { $0.connection == connection }
        }
    }

    @Test(arguments: ["/stuck", "/silent", "/half"], Way.allCases)
    func `while sending, waiting and reading`(path: String, way: Way) async throws {
        for server in ["faults", "faults-tls"] {
            let mark = UUID().uuidString
            let body = [UInt8](repeating: 7, count: path == "/stuck" ? 20_000_000 : 0)
            let request = HTTPRequest(
                method: body.isEmpty ? "GET" : "POST",
                url: try servers.url(server, "\(path)?\(mark)"),
                body: body
            )
            try await cancel(request, way) { try !servers.seenByPeer(mark).isEmpty }
            // A peer that does not read cannot see the end either: it comes after all that was sent.
            guard path != "/stuck" else { continue }
            try await eventually("the peer sees the end") {
                try servers.seenByPeer(mark).contains { $0.event == "end" }
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `through nginx, which lets go of its peer`(way: Way) async throws {
        let mark = UUID().uuidString
        let request = HTTPRequest(url: try servers.url("good", "/faults/silent?\(mark)"))
        try await cancel(request, way) { try !servers.seenByPeer(mark).isEmpty }
        try await eventually("the peer sees the end") { try servers.seenByPeer(mark).contains { $0.event == "end" } }
    }

    @Test func `at any other moment`() async throws {
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

    /// Whether a socket of this machine waits for that port of it to answer.
    private func isConnecting(to port: UInt16) throws -> Bool {
        let place = String(port, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: 4 - place.count) + place
        // Not by way of the file's size, which is 0.
        let table = try #require(try FileHandle(forReadingAtPath: "/proc/net/tcp")?.readToEnd())
        return String(decoding: table, as: UTF8.self).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            // The fourth field is the state: 02 is SYN_SENT.
            return fields.count > 3 && fields[2] == "0100007F:\(padded)" && fields[3] == "02"
        }
    }
}
