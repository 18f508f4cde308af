// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Audit
internal import Change
internal import JSON
internal import Keys
internal import TransparencyLog

/// `taffrail audit`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read and verify a log.",
        discussion: """
            Examples:
              taffrail audit verify ./log --key log.key.vkey
              taffrail audit log ./log --environment models/production
              taffrail audit show ./log 2 -o yaml
            """,
        subcommands: [Verify.self, Log.self, Show.self]
    )

    /// `taffrail audit verify`
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check a whole log offline.",
            discussion: """
                Rebuilds every hash from the entries up, and checks every tile, every published checkpoint, the signature of every record, and every blob. Nothing \
                in the log's folder is trusted but what the key signed: take the key from whom you trust, not from beside the log.

                Exit status: 0 the log holds, 1 it does not.

                Example:
                  taffrail audit verify ./log --key log.key.vkey
                """
        )

        @Argument(help: "The folder of the log.", completion: .directory)
        var folder: String

        @Option(help: "A file with the log's public keys, one vkey a line.", completion: .file())
        var key: String

        @Option(name: .shortAndLong, help: "How to print.")
        var output = OutputFormat.table

        func run() throws {
            let report = try AuditVerifier.verify(directory: folder, keys: VerifierKeyFile.load(key))
            let checkpoint = report.log.checkpoint
            let json: JSONValue = [
                "verified": true, "origin": .string(checkpoint.origin), "size": .int(Int64(checkpoint.size)),
                "root": .string(checkpoint.root.description),
                "checkpoints": .int(Int64(report.log.publishedCheckpoints)), "blobs": .int(Int64(report.blobs)),
                "records": .object(
                    JSONObject(
                        uniqueMembers: RecordKind.allCases.compactMap { kind in
                            report.counts[kind].map { (kind.rawValue, .int(Int64($0))) }
                        }
                    )
                ),
                "openIntents": .array(report.openIntents.map { .int(Int64($0)) }),
            ]
            output.write(json) {
                let kinds = RecordKind.allCases.compactMap { kind in
                    report.counts[kind].map { "\($0) \(kind.rawValue)" }
                }
                var lines = [
                    "verified: \(checkpoint.origin), \(Int(clamping: checkpoint.size).counted("record")), root \(checkpoint.root)",
                    "records: \(kinds.joined(separator: ", "))",
                    "\(report.log.publishedCheckpoints.counted("checkpoint")) and \(report.blobs.counted("blob")) as published",
                ]
                if !report.openIntents.isEmpty {
                    let list = report.openIntents.map(String.init).joined(separator: ", ")
                    lines.append(
                        "warning: no outcome yet for the intents \(list): a run is under way, or a crash was not looked at yet"
                    )
                }
                return lines
            }
        }
    }

    /// `taffrail audit log`
    struct Log: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "log",
            abstract: "List the records of a log.",
            discussion: """
                Example:
                  taffrail audit log ./log --kind outcome --object ml-model-service
                """
        )

        @Argument(help: "The folder of the log.", completion: .directory)
        var folder: String

        @Option(help: "Only records of this kind; may be given again.")
        var kind: [RecordKind] = []

        @Option(help: "Only records of this environment, as NAMESPACE/NAME; NAME alone is one of any namespace.")
        var environment: String?

        @Option(help: "Only records of this commit; its beginning is enough.")
        var commit: String?

        @Option(help: "Only records that name this object: KIND/NAME, KIND/NAMESPACE/NAME, or a part of the latter.")
        var object: String?

        @Option(name: .shortAndLong, help: "How to print.")
        var output = OutputFormat.table

        func run() throws {
            let log = AuditLog(directory: folder)
            try log.requireLog()
            var filter = AuditLog.Filter()
            filter.kinds = Set(kind)
            filter.environment = environment
            filter.commit = commit
            filter.object = object
            let records = try log.records(matching: filter)
            let list = records.map { record -> JSONValue in
                ["index": .int(Int64(record.index)), "statement": record.statement]
            }
            output.write(.array(list)) { table(records, log) }
            if records.isEmpty { Terminal.note("no record matches") }
        }

        private func table(_ records: [DecodedRecord], _ log: AuditLog) -> [String] {
            var table = TableWriter("INDEX", "TIME", "KIND", "ENVIRONMENT", "COMMIT", "AUTHOR", "WHAT")
            for record in records {
                table.add(
                    String(record.index),
                    String(record.time.prefix(19)) + "Z",
                    record.kind.rawValue,
                    record.environment?.description ?? "-",
                    record.commit.map { String($0.prefix(8)) } ?? "-",
                    record.predicate["actors"]?["author"]?.stringValue.map { String($0.prefix { $0 != "<" }) } ?? "-",
                    (try? what(record, log)) ?? "(its lists cannot be read)"
                )
            }
            return table.lines
        }

        private func what(_ record: DecodedRecord, _ log: AuditLog) throws -> String {
            let findings = try log.list("findings", of: record)
            let changes = try log.list("changes", of: record)
            let texts = changes.prefix(3).map { change in
                let name = "\(change["kind"]?.stringValue ?? "?")/\(change["name"]?.stringValue ?? "?")"
                // What will be done about a drift is another record's: this one says what was found.
                if record.kind == .drift, let drift = RecordedDrift(change) { return drift.of(name) }
                let word = change["landed"]?.stringValue ?? change["status"]?.stringValue
                return "\(change["operation"]?.stringValue ?? "?") \(name)\(word.map { " \($0)" } ?? "")"
            }
            let more = changes.count > 3 ? ["and \(changes.count - 3) more"] : []
            let refused = findings.prefix(2).map {
                "refused \($0["file"]?.stringValue ?? $0["object"]?.stringValue ?? "?"): \($0["rule"]?.stringValue ?? "?")"
            }
            let moreRefused = findings.count > 2 ? ["and \(findings.count - 2) more refused"] : []
            return (texts + more + refused + moreRefused).joined(separator: "; ")
        }
    }

    /// `taffrail audit show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Print one record.",
            discussion: """
                Example:
                  taffrail audit show ./log 2 -o yaml
                """
        )

        @Argument(help: "The folder of the log.", completion: .directory)
        var folder: String

        @Argument(help: "The index of the record.")
        var index: UInt64

        @Option(name: .shortAndLong, help: "How to print; a table leaves out what few need.")
        var output = OutputFormat.json

        func run() throws {
            let log = AuditLog(directory: folder)
            try log.requireLog()
            let size = try log.reader.uncheckedSize()
            guard index < size else {
                let there = size == 0 ? "no records yet" : size == 1 ? "the record 0 alone" : "records 0 to \(size - 1)"
                throw CommandError("the log has \(there): name one of them, not \(index)")
            }
            let record = try log.record(at: index)
            var statement = record.statement
            // Lists that were moved into a blob are put back in, to be read.
            for name in ["changes", "findings", "health"] where record.predicate[name]?["listBlob"] != nil {
                statement["predicate"]?[name] = .array(try log.list(name, of: record))
            }
            output.write(statement) {
                RecordPresenter(record: record, statement: statement, fields: RecordedFields(of: record, in: log)).table
            }
        }
    }
}

extension RecordKind: ExpressibleByArgument {}
