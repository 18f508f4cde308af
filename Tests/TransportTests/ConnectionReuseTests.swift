// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// How many connections a server sees.
@Suite struct ConnectionReuseTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    /// The numbers that nginx gave to the connections of that many requests.
    private func connections(
        _ count: Int,
        limit: Int,
        of client: HTTPClient,
        to server: String
    ) async throws -> Set<String> {
        let request = HTTPRequest(url: try servers.url(server, "/connection"))
        return Set(
            try await Array(0..<count).concurrentMap(limit: limit) { _ in
                try await client.send(request, deadline: .after(.seconds(120))).text
            }
        )
    }

    @Test(arguments: [1, 8, 64, 500])
    func `many requests share one connection, however many are under way`(limit: Int) async throws {
        let client = try servers.client(limits: HTTPLimits(maxInFlight: min(limit, 100)))
        let seen = try await connections(500, limit: limit, of: client, to: "good")
        #expect(seen.count == 1 && seen.first?.hasSuffix("HTTP/2.0") == true, "\(seen)")
    }

    @Test func `a server that takes few requests at a time sees a bounded number of connections`() async throws {
        let seen = try await connections(500, limit: 64, of: servers.client(), to: "few-streams")
        // 8 at a time go on each connection, but one for each request under way may be opened before the server has said
        // so, and a few of them closed and replaced.
        #expect(seen.count <= 2 * HTTPLimits.standard.maxInFlight, "\(seen)")
    }

    @Test func `in HTTP 1 a connection is used again, also for streams`() async throws {
        for way in Way.allCases {
            let (client, mark) = (try servers.client(), UUID().uuidString)
            for _ in 0..<20 {
                let request = HTTPRequest(url: try servers.url("faults-tls", "/hello?\(mark)"))
                #expect(try await way.response(client, request, deadline: soon).text == "hello")
            }
            let requests = try servers.seenByPeer(mark).filter { $0.event == "request" }
            #expect(requests.count == 20 && Set(requests.map(\.connection)).count == 1)
        }
    }

    @Test(arguments: Way.allCases, [0, 10, 5_000_000])
    func `a connection that the server closes without an answer is replaced, and the body sent once more`(
        way: Way,
        length: Int
    ) async throws {
        let (client, mark) = (try servers.client(), UUID().uuidString)
        let body = [UInt8](repeating: 7, count: length)
        for _ in 0..<5 {
            let request = HTTPRequest(method: "POST", url: try servers.url("faults", "/moody?\(mark)"), body: body)
            #expect(try await way.response(client, request, deadline: soon).text == "hello")
        }
        let requests = try servers.seenByPeer(mark).filter { $0.event == "request" }
        #expect(Set(requests.map(\.connection)).count == 5)
    }
}
