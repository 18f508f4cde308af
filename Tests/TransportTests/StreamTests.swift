// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// Bodies that are read as they come, by tasks and by threads.
@Suite struct StreamTests {
    private let servers: TLSServers
    // Other suites block the threads that tasks run on: what counts here is that it ends.
    private var soon: Deadline { .after(.seconds(120)) }

    init() throws {
        servers = try TLSServers.shared
    }

    @Test func `a large body comes whole and in order, also to a slow reader`() async throws {
        let expected = try servers.file("files/large")
        let stream = try await servers.client().stream(
            HTTPRequest(url: servers.url("good", "/large")),
            deadline: soon
        )
        #expect(stream.status == 200)
        var received: [UInt8] = []
        for try await chunk in stream {
            #expect(!chunk.isEmpty)
            received += chunk
            if received.count % 16 == 0 { await Task.yield() }
        }
        #expect(received == expected)
    }

    @Test func `the first bytes are there before the last ones are sent`() async throws {
        let stream = try await servers.client().stream(
            HTTPRequest(url: servers.url("faults", "/drip")),
            deadline: soon
        )
        let iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.isEmpty == false)
        stream.close()
        await #expect(throws: CancellationError.self) { while try await iterator.next() != nil {} }
    }

    @Test func `the deadline holds for a stream to its end`() async throws {
        let stream = try await servers.client().stream(
            HTTPRequest(url: servers.url("faults", "/drip")),
            deadline: .after(.milliseconds(400))
        )
        let error = try await #require(throws: TransportError.self) { for try await _ in stream {} }
        #expect(error.code == .deadlineExceeded)
    }

    @Test func `a thread reads the same bytes`() async throws {
        let expected = try servers.file("files/large")
        let client = try servers.client()
        let request = HTTPRequest(url: try servers.url("good", "/large"))
        let thread = WorkerThread(name: "reader")
        let received = try await thread.run { () throws -> [UInt8] in
            let transfer = try client.openBlocking(
                request,
                deadline: .after(.seconds(120)),
                cancellation: CancellationFlag()
            )
            var bytes: [UInt8] = []
            try withUnsafeTemporaryAllocation(byteCount: 10_000, alignment: 1) { buffer in
                while case let count = try transfer.read(into: buffer), count > 0 { bytes += buffer[..<count] }
            }
            return bytes
        }
        #expect(received == expected)
    }

    @Test func `a thread that waits is woken by its flag`() async throws {
        let client = try servers.client()
        let request = HTTPRequest(url: try servers.url("faults", "/silent"))
        let flag = CancellationFlag()
        let thread = WorkerThread(name: "waiter")
        async let outcome = thread.run { () -> TransportError.Code? in
            do {
                _ = try client.openBlocking(request, deadline: .after(.seconds(60)), cancellation: flag)
                return nil
            } catch { return (error as? TransportError)?.code }
        }
        flag.cancel()
        #expect(try await outcome == .cancelled)
    }
}
