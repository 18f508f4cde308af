// SPDX-License-Identifier: Apache-2.0

internal import Audit
internal import Concurrency
internal import JSON
internal import Keys
internal import TransparencyLog

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Whether a log can be written: what `taffrail apply` and the controller would find, without taking the log's lock.
struct LogCheck {
    private static let name = "log"

    let folder: String
    /// The path of the log's private key.
    let keyPath: String?
    /// Of the cluster that is talked to; `nil` if that is not known.
    let clusterUID: String?
    let clock: WallClock

    func run() -> [Diagnosis] {
        guard access(folder, F_OK) == 0 else {
            let remedy = ["name the log's folder, restore it, or begin a new log with --begin-log"]
            return [
                Diagnosis(Self.name, folder, .problem, "there is no such folder", remedy: remedy)
            ]
        }
        return [key, edge, writing, lock] + genesis
    }

    // MARK: - The key

    private var loadedKey: Result<LogKey, any Error>? { keyPath.map { path in Result { try LogKey.load(path) } } }

    private var key: Diagnosis {
        switch loadedKey {
        case nil:
            return Diagnosis(
                Self.name,
                "key",
                .notChecked,
                "no --key was given: which key the log is signed with is not known"
            )
        case .failure(let error):
            let remedy = ["make a key with 'taffrail keys generate', or name the one that this log began with"]
            return Diagnosis(Self.name, "key", .problem, String(describing: error), remedy: remedy)
        case .success(let key):
            return Diagnosis(Self.name, "key", .ok, "\(keyPath ?? "") signs as \(key.name)")
        }
    }

    /// Those of the key that was named, or else the one that the log itself says it began with, which proves nothing about who wrote it.
    private func trusted() throws -> (origin: String, keys: [VerifierKey], isClaimed: Bool) {
        if let key = try loadedKey?.get() {
            return (key.name, [try VerifierKey(name: key.name, publicKey: key.privateKey.publicKey)], false)
        }
        let genesis = try AuditLog(directory: folder).record(at: 0)
        let key = try VerifierKey(genesis.predicate["verifierKey"]?.stringValue ?? "")
        return (key.name, [key], true)
    }

    // MARK: - The log

    private var edge: Diagnosis {
        do {
            let (origin, keys, isClaimed) = try trusted()
            let found = try inspect(origin: origin, keys: keys)
            let size = "\(found.checkpoint.size) records of \(found.checkpoint.origin)"
            if let announced = found.announcedSize {
                let message = "\(size); an append was interrupted, and the next writer ends it at \(announced) records"
                return Diagnosis(Self.name, "edge", .warning, message)
            }
            return Diagnosis(
                Self.name,
                "edge",
                .ok,
                isClaimed
                    ? "\(size), as signed by the key that the log itself names"
                    : "\(size), as signed by the key"
            )
        } catch {
            return Diagnosis(
                Self.name,
                "edge",
                .problem,
                String(describing: error),
                remedy: [NextStep.after(error)].compactMap(\.self)
            )
        }
    }

    /// A writer that is at work between two reads makes the log look torn: so a fault has to show again.
    private func inspect(origin: String, keys: [VerifierKey]) throws -> LogInspection {
        for _ in 0..<3 {
            if let found = try? LogInspection(directory: folder, origin: origin, keys: keys) { return found }
        }
        return try LogInspection(directory: folder, origin: origin, keys: keys)
    }

    private var writing: Diagnosis {
        for path in [folder, folder + "/.state"] where access(path, F_OK) == 0 && access(path, W_OK | X_OK) != 0 {
            let message = "\(path) cannot be written: \(String(cString: strerror(errno)))"
            let remedy = ["run as the user that owns it, or 'chown' it to this one"]
            return Diagnosis(Self.name, "writable", .problem, message, remedy: remedy)
        }
        var status = stat()
        if stat(folder, &status) == 0, status.st_mode & 0o022 != 0 {
            let message = "other users of this machine may write into \(folder)"
            return Diagnosis(Self.name, "writable", .warning, message, remedy: ["chmod 700 \(folder)"])
        }
        return Diagnosis(Self.name, "writable", .ok, "this user may write it")
    }

    private var lock: Diagnosis {
        switch LogInspection.holder(ofLogIn: folder) {
        case .nobody: Diagnosis(Self.name, "lock", .ok, "nobody has it open for writing")
        case .process(let id, let name):
            Diagnosis(
                Self.name,
                "lock",
                .ok,
                "process \(id)\(name.isEmpty ? "" : " (\(name))") has it open for writing: no other can until that ends"
            )
        case .unknown: Diagnosis(Self.name, "lock", .notChecked, "this system does not tell who holds a lock")
        }
    }

    // MARK: - What the first and the last record say

    private var genesis: [Diagnosis] {
        let log = AuditLog(directory: folder)
        guard let size = try? log.reader.uncheckedSize(), size > 0, let first = try? log.record(at: 0) else {
            return []
        }
        return [cluster(first), time(try? log.record(at: size - 1))]
    }

    private func cluster(_ genesis: DecodedRecord) -> Diagnosis {
        let bound = genesis.predicate["cluster"]?["uid"]?.stringValue ?? ""
        guard let clusterUID else {
            return Diagnosis(
                Self.name,
                "cluster",
                .notChecked,
                "the log belongs to cluster \(bound); which one this is, is not known"
            )
        }
        guard clusterUID == bound else {
            return Diagnosis(
                Self.name,
                "cluster",
                .problem,
                "the log belongs to cluster \(bound), and this is \(clusterUID)",
                remedy: ["name the log of this cluster, or the kubeconfig's context of that one"]
            )
        }
        return Diagnosis(Self.name, "cluster", .ok, "the log belongs to this cluster")
    }

    private func time(_ last: DecodedRecord?) -> Diagnosis {
        guard let last, let written = Timestamp(last.time) else {
            return Diagnosis("clock", "this machine", .notChecked, "the log's last record has no time that can be read")
        }
        let now = clock.now
        guard now.seconds + 5 >= written.seconds else {
            return Diagnosis(
                "clock",
                "this machine",
                .problem,
                "it is \(now), but record \(last.index) was written at \(written)",
                remedy: ["set this machine's clock by NTP: new records would seem older than earlier ones"]
            )
        }
        return Diagnosis("clock", "this machine", .ok, "\(now), which is after the log's last record")
    }
}
