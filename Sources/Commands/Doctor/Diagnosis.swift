// SPDX-License-Identifier: Apache-2.0

internal import Change
internal import JSON

/// What one check of `taffrail doctor` found.
struct Diagnosis: Sendable, Hashable {
    enum Verdict: String, Sendable {
        case ok
        /// It works, and will not for long or not in every case.
        case warning
        /// Something does not work.
        case problem
        /// Nobody can say; the message says why.
        case notChecked = "not checked"
    }

    /// What is looked at: `cluster`, `permissions`, `log` and so on.
    let check: String
    /// Which one of them.
    let subject: String
    let verdict: Verdict
    /// What was found; what is wrong, if something is.
    let message: String
    /// What to do about it, line by line.
    let remedy: [String]

    init(_ check: String, _ subject: String, _ verdict: Verdict, _ message: String, remedy: [String] = []) {
        self.check = check
        self.subject = subject
        self.verdict = verdict
        self.message = message
        self.remedy = remedy
    }
}

/// All that a doctor found, as people and programs read it.
struct DiagnosisPresenter {
    let diagnoses: [Diagnosis]

    /// A row for each check, and below it what to do.
    var table: [String] {
        var table = TableWriter("STATUS", "CHECK", "SUBJECT", "MESSAGE")
        for diagnosis in diagnoses {
            table.add(diagnosis.verdict.rawValue, diagnosis.check, diagnosis.subject, diagnosis.message)
        }
        let rows = table.lines
        let body = zip(rows.dropFirst(), diagnoses).flatMap { row, diagnosis in
            [Self.style(of: diagnosis.verdict)?.apply(row) ?? row] + diagnosis.remedy.map { "    \($0)" }
        }
        return rows.prefix(1) + body + [summary]
    }

    var json: JSONValue {
        [
            "status": .string(worst.rawValue),
            "checks": .array(diagnoses.map(Self.json)),
        ]
    }

    /// Whether something does not work.
    var hasProblem: Bool { diagnoses.contains { $0.verdict == .problem } }

    private var worst: Diagnosis.Verdict {
        hasProblem ? .problem : diagnoses.contains { $0.verdict == .warning } ? .warning : .ok
    }

    private var summary: String {
        let counts = [Diagnosis.Verdict.ok, .warning, .problem, .notChecked].compactMap { verdict -> String? in
            let count = diagnoses.count { $0.verdict == verdict }
            guard count > 0 else { return nil }
            return verdict == .warning || verdict == .problem
                ? count.counted(verdict.rawValue) : "\(count) \(verdict.rawValue)"
        }
        return counts.joined(separator: ", ")
    }

    private static func style(of verdict: Diagnosis.Verdict) -> Style? {
        switch verdict {
        case .ok: nil
        case .warning: .changed
        case .problem: .removed
        case .notChecked: .faint
        }
    }

    private static func json(_ diagnosis: Diagnosis) -> JSONValue {
        [
            "check": .string(diagnosis.check), "subject": .string(diagnosis.subject),
            "status": .string(diagnosis.verdict.rawValue), "message": .string(diagnosis.message),
            "remedy": .array(diagnosis.remedy.map { .string($0) }),
        ]
    }
}
