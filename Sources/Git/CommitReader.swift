// SPDX-License-Identifier: Apache-2.0

internal import Concurrency

/// Reads the headers of a commit in the one order in which Git writes them.
struct CommitReader {
    struct Parts {
        let tree: ObjectID
        let parents: [ObjectID]
        let author: CommitObject.Identity
        let committer: CommitObject.Identity
        let message: String
        let signature: CommitObject.Signature?
        let signedPayload: [UInt8]
    }

    /// Headers that stand first, in this order, and nowhere else.
    private static let ordered: Set<String> = ["tree", "parent", "author", "committer"]
    /// Headers that Git leaves out of the signed payload of a commit.
    private static let signatures: Set<String> = ["gpgsig", "gpgsig-sha256"]

    private let raw: [UInt8]
    private var rest: ArraySlice<ObjectHeader> = []

    init(_ raw: [UInt8]) {
        self.raw = raw
    }

    mutating func read() throws(GitError) -> Parts {
        let object = try ObjectHeaders(raw)
        rest = object.headers[...]
        let tree = try identifier(in: next("tree"))
        var parents: [ObjectID] = []
        while rest.first?.name == "parent" { parents.append(try identifier(in: next("parent"))) }
        let author = try next("author")
        let committer = try next("committer")
        try checkRemaining()
        let encoding = TextEncoding(rest.first { $0.name == "encoding" }?.value)
        return Parts(
            tree: tree,
            parents: parents,
            author: try IdentityReader.read(author, encoding),
            committer: try IdentityReader.read(committer, encoding),
            message: encoding.text(raw[object.bodyStart...]),
            signature: try signature(),
            signedPayload: payload()
        )
    }

    private mutating func next(_ name: String) throws(GitError) -> ObjectHeader {
        guard let header = rest.popFirst() else { throw .malformed("no \(name) header") }
        guard header.name == name else {
            throw .malformed("'\(header.name.escapedForDisplay)' header where \(name) belongs")
        }
        return header
    }

    private func identifier(in header: ObjectHeader) throws(GitError) -> ObjectID {
        guard let id = ObjectID(hex: header.value) else {
            throw .malformed("\(header.name) header is not an object id of 40 lower-case hexadecimal digits")
        }
        return id
    }

    private func checkRemaining() throws(GitError) {
        var seen: Set<String> = []
        for header in rest {
            if Self.ordered.contains(header.name) { throw .malformed("repeated or misplaced \(header.name) header") }
            if header.name.hasPrefix("gpgsig"), !Self.signatures.contains(header.name) {
                throw .malformed("unknown signature header '\(header.name.escapedForDisplay)'")
            }
            let mayRepeat = header.name != "encoding" && !Self.signatures.contains(header.name)
            guard seen.insert(header.name).inserted || mayRepeat else {
                throw .malformed("repeated \(header.name) header")
            }
        }
    }

    private func signature() throws(GitError) -> CommitObject.Signature? {
        guard let header = rest.first(where: { $0.name == "gpgsig" }) else { return nil }
        guard let text = String(validating: header.value, as: UTF8.self) else {
            throw .malformed("gpgsig header is not UTF-8 text")
        }
        return CommitObject.Signature(kind: .init(armor: text), armored: text.hasSuffix("\n") ? text : text + "\n")
    }

    private func payload() -> [UInt8] {
        var payload: [UInt8] = []
        var copied = 0
        for header in rest where Self.signatures.contains(header.name) {
            payload += raw[copied..<header.range.lowerBound]
            copied = header.range.upperBound
        }
        return payload + raw[copied...]
    }
}

extension CommitObject.Signature.Kind {
    /// By the first line of the armor.
    fileprivate init(armor: String) {
        switch armor.prefix(while: { !$0.isNewline }) {
        case "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----": self = .openPGP
        case "-----BEGIN SSH SIGNATURE-----": self = .ssh
        case "-----BEGIN SIGNED MESSAGE-----": self = .x509
        default: self = .unknown
        }
    }
}

/// How the text of a commit is decoded: UTF-8 where it is valid, else what the `encoding` header says, if we know it.
private struct TextEncoding {
    private let isLatin1: Bool

    init(_ header: [UInt8]?) {
        let name = header.map { String(decoding: $0, as: UTF8.self).lowercased() }
        isLatin1 = name == "iso-8859-1" || name == "latin1" || name == "latin-1"
    }

    func text(_ bytes: ArraySlice<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        guard isLatin1 else { return String(decoding: bytes, as: UTF8.self) }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// Reads `Name <email> seconds zone`, the value of an author or committer header.
private enum IdentityReader {
    static func read(_ header: ObjectHeader, _ encoding: TextEncoding) throws(GitError) -> CommitObject.Identity {
        func fault(_ reason: String) -> GitError { .malformed("\(header.name) header: \(reason)") }

        let value = header.value
        guard !value.contains(.newline) else { throw fault("it is continued on another line") }
        guard let open = value.firstIndex(of: UInt8(ascii: "<")), let close = value.lastIndex(of: UInt8(ascii: ">")),
            open < close
        else { throw fault("no e-mail address in angle brackets") }
        let name = value[..<open]
        let email = value[(open + 1)..<close]
        guard name.isEmpty || name.last == .space else { throw fault("no space before the e-mail address") }
        guard !name.contains(UInt8(ascii: ">")),
            !email.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") })
        else { throw fault("angle brackets inside the name or e-mail address") }
        let fields = value[(close + 1)...].split(separator: .space, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].isEmpty else { throw fault("no time and zone after the e-mail address") }
        guard let seconds = seconds(fields[1]) else { throw fault("the time is not a number of seconds") }
        guard isZone(fields[2]) else { throw fault("the zone is not of the form +hhmm") }
        return CommitObject.Identity(
            name: encoding.text(name.dropLast()),
            email: encoding.text(email),
            time: Timestamp(seconds: seconds),
            zone: String(decoding: fields[2], as: UTF8.self)
        )
    }

    /// Digits alone, without a zero in front; at most the year 9999, the last that RFC 3339 can write.
    private static func seconds(_ field: ArraySlice<UInt8>) -> Int64? {
        guard field.allSatisfy(isDigit), field.first != UInt8(ascii: "0") || field.count == 1,
            let seconds = Int64(String(decoding: field, as: UTF8.self)), seconds < 253_402_300_800
        else { return nil }
        return seconds
    }

    private static func isZone(_ field: ArraySlice<UInt8>) -> Bool {
        field.count == 5 && (field.first == UInt8(ascii: "+") || field.first == UInt8(ascii: "-"))
            && field.dropFirst().allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
