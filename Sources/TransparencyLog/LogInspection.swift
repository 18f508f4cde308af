// SPDX-License-Identifier: Apache-2.0

package import Keys

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A look at a log that a writer might open: what `TransparencyLog.open` would find, without its lock and without a write.
package struct LogInspection: Sendable {
    package let checkpoint: Checkpoint
    /// The size of a tree that a crash left announced and not published; the next writer publishes it.
    package let announcedSize: UInt64?

    /// Holds the right edge of a log against its signed checkpoint.
    ///
    /// - Throws: what keeps a writer from opening it.
    package init(directory: String, origin: String, keys: [VerifierKey]) throws {
        let files = LogFiles(root: directory)
        let found = try LogRecovery.survey(files, origin: origin, keys: keys, creates: false)
        checkpoint = try TransparencyLogReader(files: files).checkpoint(verifiedBy: keys, origin: origin)
        announcedSize = found.announced?.size
    }

    /// What is known of a log's lock.
    package enum Holder: Sendable, Hashable {
        case nobody
        /// A process of this machine; its name is empty if that is hidden.
        case process(id: Int32, name: String)
        /// This system does not say.
        case unknown
    }

    /// Who has a log open for writing. The lock itself is not touched, not even for a moment: a writer that starts just now must get it.
    package static func holder(ofLogIn directory: String) -> Holder {
        var status = stat()
        guard stat(directory + "/.state/lock", &status) == 0 else { return .nobody }
        guard let locks = systemText("/proc/locks") else { return .unknown }
        let number = UInt64(status.st_ino)
        let device = UInt64(status.st_dev)
        for line in locks.split(separator: "\n") {
            guard let lock = HeldLock(line), lock.inode == number else { continue }
            let name = name(of: lock.process)
            // Some file systems show another device here than to `stat`: then the name of the process decides.
            guard lock.device == deviceText(device) || name.contains("taffrail") else { continue }
            return .process(id: lock.process, name: name)
        }
        return .nobody
    }

    private static func name(of process: Int32) -> String {
        String((systemText("/proc/\(process)/comm") ?? "").prefix { $0 != "\n" })
    }

    /// What the kernel shows as a file, whose size it does not tell beforehand.
    private static func systemText(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0, bytes.count < 16 << 20 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// As the kernel prints it: major and minor number, in two hexadecimal digits or more.
    private static func deviceText(_ device: UInt64) -> String {
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF
        return [major, minor].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}

/// A line of `/proc/locks`: `1: FLOCK  ADVISORY  WRITE 4940 fe:00:16220296 0 EOF`. One that waits has `->` after its number.
struct HeldLock: Hashable {
    let process: Int32
    let device: String
    let inode: UInt64

    init?(_ line: some StringProtocol) {
        let parts = line.split(separator: " ")
        guard parts.count >= 6, parts[1] == "FLOCK", let process = Int32(parts[4]) else { return nil }
        let place = parts[5].split(separator: ":")
        guard place.count == 3, let inode = UInt64(place[2]) else { return nil }
        self.process = process
        self.inode = inode
        device = "\(place[0]):\(place[1])"
    }
}
