// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import TestSupport
import Testing

@testable import Transport

/// What goes through a client, and what stays of it in memory.
@Suite struct MemoryTests {
    private let servers: TLSServers
    private static let bytes = 100_000_000
    /// Far below the 100 MB that go through, above what connections and an unoptimised build take.
    private static let allowance = 24 << 20

    init() throws {
        servers = try TLSServers.shared
    }

    @Test func `100 MB go there and back at the same time without being in memory once more`() async throws {
        let (url, authority) = (try servers.url("faults-tls", "/echo"), try servers.file("ca.crt"))
        // In a process of its own: in this one other suites grow and shrink.
        await #expect(processExitsWith: .success) { [url = url as String, authority = authority as [UInt8]] in
            let client = HTTPClient(tls: TLSConfiguration(trust: .pem(authority)))
            let body = [UInt8](repeating: 7, count: MemoryTests.bytes)
            let before = try MemoryTests.peakResidentBytes()
            let request = HTTPRequest(method: "POST", url: url, body: body)
            let stream = try await client.stream(request, deadline: .after(.seconds(300)))
            try await MemoryTests.drain(stream)
            #expect(try MemoryTests.peakResidentBytes() - before < MemoryTests.allowance)
        }
    }

    @Test func `100 MB are sent in HTTP 2 without being in memory once more`() async throws {
        let (url, authority) = (try servers.url("good", "/faults/hello"), try servers.file("ca.crt"))
        await #expect(processExitsWith: .success) { [url = url as String, authority = authority as [UInt8]] in
            let client = HTTPClient(tls: TLSConfiguration(trust: .pem(authority)))
            let body = [UInt8](repeating: 7, count: MemoryTests.bytes)
            let before = try MemoryTests.peakResidentBytes()
            let request = HTTPRequest(method: "POST", url: url, body: body)
            let answer = try await client.send(request, deadline: .after(.seconds(300)))
            #expect(answer.text == "hello" && answer.head.version == .http2)
            #expect(try MemoryTests.peakResidentBytes() - before < MemoryTests.allowance)
        }
    }

    @Test func `100 MB are read without being in memory`() async throws {
        let (url, authority) = (try servers.url("good", "/huge"), try servers.file("ca.crt"))
        await #expect(processExitsWith: .success) { [url = url as String, authority = authority as [UInt8]] in
            let client = HTTPClient(tls: TLSConfiguration(trust: .pem(authority)))
            let before = try MemoryTests.peakResidentBytes()
            let stream = try await client.stream(HTTPRequest(url: url), deadline: .after(.seconds(300)))
            try await MemoryTests.drain(stream)
            #expect(try MemoryTests.peakResidentBytes() - before < MemoryTests.allowance)
        }
    }

    /// Reads to the end, and looks at how much had gathered each time.
    private static func drain(_ stream: HTTPStream) async throws {
        var (count, largest) = (0, 0)
        for try await chunk in stream {
            count += chunk.count
            largest = max(largest, chunk.count)
        }
        #expect(stream.status == 200 && count == bytes)
        #expect(largest <= BodyBuffer.capacity)
    }

    /// The most that this process has had in memory so far.
    private static func peakResidentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
    }
}
