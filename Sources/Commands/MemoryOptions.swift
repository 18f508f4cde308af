// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit

/// What was applied from here before.
struct MemoryOptions: ParsableArguments {
    @Option(name: .customLong("log"), help: "The log of earlier applies from here.", completion: .directory)
    var log: String?

    @Option(help: "That log's private key: with it, unchanged Secrets are known as such.", completion: .file())
    var key: String?

    func validate() throws {
        guard key == nil || log != nil else { throw ValidationError("--key needs --log: it is that log's key") }
    }

    var notChecked: [String] {
        log == nil ? ["prunes, since no --log tells what was applied before"] : []
    }

    /// The log that was named. One that is not there would tell of nothing that was applied, and so hide what would be pruned.
    func open() throws -> AuditLog? {
        guard let log else { return nil }
        let audit = AuditLog(directory: log)
        do {
            try audit.requireLog()
        } catch let error as AuditError where error.code == .notFound {
            throw CommandError(
                "there is no log in \(log): name the folder that holds the file 'checkpoint', or leave out --log before the first apply, which begins one with --begin-log"
            )
        }
        return audit
    }
}
