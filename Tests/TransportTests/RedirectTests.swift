// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// A redirect is a response like any other: no credential can follow what nobody follows.
@Suite struct RedirectTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    @Test(arguments: [301, 302, 303, 307, 308], Way.allCases)
    func `nothing follows a redirect`(status: Int, way: Way) async throws {
        for (server, path) in [("faults", "/"), ("faults-tls", "/"), ("good", "/faults/")] {
            let mark = UUID().uuidString
            let client = try servers.client()
            let request = HTTPRequest(
                method: "POST",
                url: try servers.url(server, "\(path)redirect?\(status)&\(mark)"),
                headers: [HTTPHeader("Authorization", "Bearer hidden"), HTTPHeader("Cookie", "hidden")],
                body: [1, 2, 3]
            )
            let answer = try await way.response(client, request, deadline: soon)
            #expect(answer.status == status)
            #expect(answer.header("location")?.contains("/followed?\(mark)") == true)
            // A second request, so that one that follows the first would have been seen by now.
            let after = HTTPRequest(url: try servers.url(server, "\(path)hello?\(mark)"))
            #expect(try await way.response(client, after, deadline: soon).text == "hello")
            let targets = try servers.seenByPeer(mark).compactMap(\.target)
            #expect(targets == ["/redirect?\(status)&\(mark)", "/hello?\(mark)"])
        }
    }
}
