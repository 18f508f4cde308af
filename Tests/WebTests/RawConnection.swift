// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Foundation
import Web

/// A TCP connection on which a test says what no well-behaved client would.
final class RawConnection: Sendable {
    private let socket: Int32
    private let thread = WorkerThread(name: "raw connection")

    init(_ place: ListenAddress) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(place.port).bigEndian
        inet_pton(AF_INET, place.host, &address.sin_addr)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        // A server that hangs fails a test and does not stop it.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// Sends as much as the other side takes; that it takes no more is for the test to judge.
    func send(_ bytes: [UInt8]) async throws {
        try await thread.run { [socket] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What comes until the other side closes; `nil` if it does not.
    func readToEnd() async throws -> String? { try await read { _ in false } }

    /// What comes until it holds a text, or the other side closes.
    func read(until text: String) async throws -> String? { try await read { $0.contains(text) } }

    private func read(until isEnough: @escaping @Sendable (String) -> Bool) async throws -> String? {
        try await thread.run { [socket] in
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(socket, &part, part.count, 0)
                if count < 0, errno == EAGAIN { return nil }
                guard count > 0 else { break }
                bytes += part.prefix(count)
                if bytes.count < 65_536, isEnough(String(decoding: bytes, as: UTF8.self)) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
