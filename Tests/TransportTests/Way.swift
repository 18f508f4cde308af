// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@testable import Transport

/// The ways in which a task reads a response: all must cope with the same faults.
enum Way: String, CaseIterable, Sendable {
    case whole
    case streamed

    func response(_ client: HTTPClient, _ request: HTTPRequest, deadline: Deadline) async throws -> HTTPResponse {
        switch self {
        case .whole: return try await client.send(request, deadline: deadline)
        case .streamed:
            let stream = try await client.stream(request, deadline: deadline)
            var body: [UInt8] = []
            for try await chunk in stream { body += chunk }
            return HTTPResponse(head: stream.head, body: body)
        }
    }

    /// The error that there must be.
    func failure(
        _ client: HTTPClient,
        _ request: HTTPRequest,
        deadline: Deadline = .after(.seconds(120))
    ) async throws -> TransportError {
        try await #require(throws: TransportError.self) { _ = try await response(client, request, deadline: deadline) }
    }
}
