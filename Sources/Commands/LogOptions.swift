// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Change
internal import Concurrency
internal import Keys
internal import TransparencyLog

/// Which log, and with what key it is signed.
struct LogOptions: ParsableArguments {
    @Option(name: .customLong("log"), help: "The folder of the log.", completion: .directory)
    var folder: String

    @Option(help: "The log's private key, as 'taffrail keys generate' writes it.", completion: .file())
    var key: String

    @Flag(
        help: """
            Begin the log if the folder holds none. Without this such a folder is refused, so that a lost or mistyped one never starts a second log of the same name.
            """
    )
    var beginLog = false

    /// Opens the log for writing.
    ///
    /// - Parameter observer: is told what is written.
    func open(
        cluster: ClusterIdentity,
        observer: @escaping RecorderObserver = { _ in }
    ) async throws -> Recorder {
        let logKey = try LogKey.load(key)
        let parent = folder.parentFolder
        guard Files.exists(parent) else {
            throw CommandError("--log \(folder): the folder \(parent) does not exist: create it, or name another")
        }
        do {
            return try await open(logKey, cluster: cluster, observer: observer)
        } catch let error as TransparencyLogError where error.code == .notFound {
            throw CommandError(
                "there is no log in \(folder): if \(logKey.name) is a new log, begin it with --begin-log; if it is not, name its folder, or restore it"
            )
        }
    }

    private func open(
        _ logKey: LogKey,
        cluster: ClusterIdentity,
        observer: @escaping RecorderObserver
    ) async throws -> Recorder {
        try await Recorder.open(
            RecorderConfiguration(
                directory: folder,
                origin: logKey.name,
                signer: logKey.privateKey,
                secretKey: logKey.secretKey,
                controllerID: "taffrail",
                version: Version.text,
                clock: .system,
                create: beginLog,
                observer: observer
            ),
            cluster: cluster
        )
    }
}

/// A log's key as it lies on disk: the private key, the name that it signs under, and the key for digests of Secrets.
struct LogKey {
    /// The origin of the log: a name like `example.com/models`, which never changes.
    let name: String
    let privateKey: Ed25519PrivateKey
    let secretKey: [UInt8]

    /// Makes a new key: `path` (private, 0600), `path.vkey` (public), `path.secret` (for keyed digests, 0600).
    static func create(_ path: String, name: String) throws -> VerifierKey {
        // Before anything is written: half a key would be in the way of the next try.
        for taken in [path, path + ".secret", path + ".vkey"] where Files.exists(taken) {
            throw CommandError("\(taken) is there already, and keys are never overwritten: choose another name")
        }
        let key = try Ed25519PrivateKey.generate()
        let verifier = try verifier(name, key.publicKey)
        try KeyFile.create(at: path, key: key)
        try Files.create(path + ".secret", Array((Hex.encode(try randomBytes(32)) + "\n").utf8), mode: 0o600)
        try Files.create(path + ".vkey", Array("\(verifier)\n".utf8), mode: 0o644)
        return verifier
    }

    private static func verifier(_ name: String, _ key: PublicKey) throws -> VerifierKey {
        do {
            return try VerifierKey(name: name, publicKey: key)
        } catch {
            guard error.code == .malformedKey else { throw error }
            throw CommandError("\(error): use a name like example.com/my-log")
        }
    }

    static func load(_ path: String) throws -> LogKey {
        let privateKey = try asPrivate(path) { try KeyFile.load(path) }
        try requireOther(".vkey", of: path)
        let verifier = try VerifierKeyFile.load(path + ".vkey")
        guard let current = verifier.first, current.publicKey == privateKey.publicKey else {
            throw CommandError(
                "\(path).vkey does not belong to \(path): it must hold the public half of that key; restore the one that was made with it"
            )
        }
        return LogKey(name: current.name, privateKey: privateKey, secretKey: try secretKey(of: path))
    }

    /// The key for digests of Secrets that belongs to a log's key.
    static func secretKey(of path: String) throws -> [UInt8] {
        let secret = try asPrivate(path) {
            try requireOther(".secret", of: path)
            return String(decoding: try Files.read(path + ".secret"), as: UTF8.self)
        }
        guard let bytes = Hex.decode(String(secret.prefix { !$0.isNewline })), bytes.count == 32 else {
            throw CommandError(
                "\(path).secret must hold 32 bytes in hexadecimal: restore the file that was made together with the key"
            )
        }
        return bytes
    }
}

extension LogKey {
    /// What was made beside a key belongs to it alone: another one cannot be made for it.
    private static func requireOther(_ suffix: String, of path: String) throws {
        guard Files.exists(path), !Files.exists(path + suffix) else { return }
        throw CommandError(
            "there is no \(path)\(suffix): it was made beside \(path): restore it from where \(path) came from"
        )
    }

    /// Reads what belongs to a private key. Of a public one that is named in its place it is said what it is: what is wrong with it as a private
    /// key would lead astray.
    private static func asPrivate<Result>(_ path: String, _ read: () throws -> Result) throws -> Result {
        do {
            return try read()
        } catch {
            guard (try? VerifierKeyFile.load(path)) != nil else { throw error }
            let other = path.hasSuffix(".vkey") ? String(path.dropLast(5)) : "which has that name without '.vkey'"
            throw CommandError("\(path) is a public key, which only checks a log: name the private one, \(other)")
        }
    }
}

/// A file of public keys, one vkey a line, the current one first.
enum VerifierKeyFile {
    static func load(_ path: String) throws -> [VerifierKey] {
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        // What a file holds that was named by mistake is not printed: it may be a secret.
        guard !text.contains("PRIVATE KEY") else {
            throw CommandError(
                "\(path) is a private key: name its public half, \(path).vkey, and show the private one to nobody"
            )
        }
        let lines = text.split(whereSeparator: \.isNewline)
        let keys = try lines.enumerated().map { number, line in
            do {
                return try VerifierKey(String(line))
            } catch let error as KeysError {
                throw KeysError(error.code, "\(path):\(number + 1): \(error.message)")
            }
        }
        guard !keys.isEmpty else {
            throw CommandError("\(path) holds no key: it needs one vkey a line, as 'taffrail keys generate' writes it")
        }
        return keys
    }
}
