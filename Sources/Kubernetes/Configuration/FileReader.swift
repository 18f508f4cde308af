// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Reads the small files that a configuration names.
enum FileReader {
    /// What certificates, keys and tokens may be long, in bytes.
    private static let standardLimit = 1 << 20

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// - Throws: `configuration`, with the system's reason, or if there are more bytes than `limit`.
    static func bytes(_ path: String, limit: Int = standardLimit) throws(KubernetesError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw KubernetesError(
                    .configuration,
                    "\(path) is longer than \(limit) bytes, more than such a file can be"
                )
            }
        }
    }

    /// The file's text without white space around it.
    static func text(_ path: String) throws(KubernetesError) -> String {
        var text = String(decoding: try bytes(path), as: UTF8.self)[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }

    private static func failure(_ path: String) -> KubernetesError {
        KubernetesError(.configuration, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
}
