// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Transport

/// The parts of a transfer that need no server.
@Suite struct PartTests {
    // MARK: - Addresses

    @Test(
        arguments: [
            [127, 0, 0, 1], [127, 255, 0, 9], [0, 0, 0, 0], [169, 254, 169, 254], [100, 100, 100, 200], [224, 0, 0, 1],
            [255, 255, 255, 255],
        ] as [[UInt8]]
    )
    func `an address of this host, its link or a metadata service is out of reach, however it is written`(
        _ address: [UInt8]
    ) {
        let zeros = [UInt8](repeating: 0, count: 10)
        let forms = [
            address, zeros + [0xff, 0xff] + address, zeros + [0, 0] + address,
            [0, 0x64, 0xff, 0x9b] + [UInt8](repeating: 0, count: 8) + address,
        ]
        for form in forms {
            #expect(!AddressReach.beyondThisHost.allows(address: form), "\(form)")
            #expect(AddressReach.anywhere.allows(address: form))
        }
    }

    @Test func `IPv6 has such addresses of its own`() {
        let zeros = [UInt8](repeating: 0, count: 15)
        let refused: [[UInt8]] = [
            zeros + [1], zeros + [0], [0xfe, 0x80] + zeros.prefix(13) + [1], [0xff, 0x02] + zeros.prefix(13) + [1],
            [0xfd, 0x00, 0x0e, 0xc2] + zeros.prefix(10) + [0x02, 0x54],
        ]
        for address in refused { #expect(!AddressReach.beyondThisHost.allows(address: address), "\(address)") }
        let allowed: [[UInt8]] = [[0x20, 0x01, 0x0d, 0xb8] + zeros.prefix(11) + [1], [10, 0, 0, 1], [192, 0, 2, 1]]
        for address in allowed { #expect(AddressReach.beyondThisHost.allows(address: address), "\(address)") }
        #expect(!AddressReach.beyondThisHost.allows(address: [1, 2, 3]))
    }

    // MARK: - Heads

    private func feed(_ lines: [String], to parser: inout ResponseHeadParser) -> ResponseHeadParser.Step {
        var step = ResponseHeadParser.Step.more
        for line in lines {
            step = Array((line + "\r\n").utf8).withUnsafeBytes { parser.consume($0) }
            if case .more = step { continue }
            return step
        }
        return step
    }

    @Test func `interim responses and trailers are no heads`() throws {
        var parser = ResponseHeadParser()
        let lines = ["HTTP/1.1 103 Early Hints", "Link: x", "", "HTTP/1.1 200 OK", "A:  b ", "Empty:", ""]
        guard case .complete(let head) = feed(lines, to: &parser) else { throw Unexpected() }
        #expect(head.status == 200 && head.headers == [HTTPHeader("A", "b"), HTTPHeader("Empty", "")])
        guard case .more = feed(["Trailer: x", ""], to: &parser) else { throw Unexpected() }
    }

    @Test(arguments: [
        ["A: b"], ["HTTP/1.1"], ["HTTP/1.1 abc"], ["HTTP/1.1 200 OK", "no colon"], ["HTTP/1.1 200", ": x"],
    ])
    func `what is no head is said so`(_ lines: [String]) throws {
        var parser = ResponseHeadParser()
        guard case .malformed = feed(lines, to: &parser) else { throw Unexpected() }
    }

    @Test func `a head without end is cut off`() throws {
        var parser = ResponseHeadParser()
        let lines = ["HTTP/1.1 200 OK"] + Array(repeating: "a:", count: 100_000)
        guard case .tooLarge(let reason) = feed(lines, to: &parser) else { throw Unexpected() }
        #expect(reason.contains("more than"))
    }

    // MARK: - Bodies

    @Test func `a buffer holds little, however much goes through it`() {
        var buffer = BodyBuffer()
        var target = [UInt8](repeating: 0, count: 64 << 10)
        let chunk = [UInt8](repeating: 7, count: 16 << 10)
        var taken = 0
        var held = 0
        for _ in 0..<5_000 {
            while chunk.withUnsafeBytes({ buffer.append($0) }) {}
            while !buffer.releasesPause() { taken += target.withUnsafeMutableBytes { buffer.take(into: $0) } }
            held = max(held, buffer.heldBytes)
        }
        #expect(taken > 500 << 20)
        #expect(held <= 3 * BodyBuffer.capacity)
    }

    // MARK: - TLS

    @Test func `of TLS only requests for a certificate and alerts are noted, whatever else comes`() {
        func record(_ message: [UInt8]) -> TLSRecord {
            var record = TLSRecord()
            message.withUnsafeBytes { record.note($0) }
            return record
        }
        // A record's head, an inner content type, a change of ciphers, a hello, pieces that only begin like a request.
        let others: [[UInt8]] = [[23, 3, 3, 0, 2], [22], [1], [2, 0, 0, 1, 9], [13, 0, 0, 9, 1], [13, 0], []]
        for other in others {
            let record = record(other)
            #expect(!record.wantsClientCertificate && !record.hasFarewell && record.alert == nil, "\(other)")
        }
        #expect(record([13, 0, 0, 3, 1, 2, 3]).wantsClientCertificate)
        #expect(record([1, 0]).hasFarewell && record([1, 0]).alert == nil)
        #expect(record([2, 116]).alert == .certificateRequired && !record([2, 116]).hasFarewell)
        #expect(record([2, 48]).alert?.refusesCertificate == true)
        #expect(record([2, 80]).alert?.refusesCertificate == false)
    }

    private struct Unexpected: Error {}
}
