// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Whether the folders that are written to have room: a log that cannot be written stops everything.
struct DiskCheck {
    /// What a file system has left for us.
    struct Room: Sendable, Hashable {
        let bytes: UInt64
        /// `nil` where the file system makes them as it goes.
        let files: UInt64?
        let isReadOnly: Bool
    }

    private static let name = "disk"
    private static let little: UInt64 = 1 << 30
    private static let tooLittle: UInt64 = 64 << 20

    static func run(_ what: String, folder: String) -> Diagnosis {
        let subject = "\(what) \(folder)"
        // What is not there yet will be made in the nearest folder that is.
        var place = folder.isEmpty ? "." : folder
        while access(place, F_OK) != 0, let slash = place.dropLast().lastIndex(of: "/") {
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
        if access(place, F_OK) != 0 { place = "." }
        guard let room = room(in: place) else {
            return Diagnosis(
                name,
                subject,
                .notChecked,
                "\(place) cannot be asked: \(String(cString: strerror(errno)))"
            )
        }
        return judge(subject, room)
    }

    static func judge(_ subject: String, _ room: Room) -> Diagnosis {
        let text =
            "\(megabytes(room.bytes)) and \(room.files.map { "\($0) files" } ?? "any number of files") can be added"
        if room.isReadOnly {
            let remedy = ["mount it for writing, or name another folder"]
            return Diagnosis(name, subject, .problem, "the file system is read-only", remedy: remedy)
        }
        let files = room.files ?? .max
        guard room.bytes >= tooLittle, files >= 1_000 else {
            return Diagnosis(
                name,
                subject,
                .problem,
                "only \(text)",
                remedy: ["make room now: when the log cannot be written, nothing is applied any more"]
            )
        }
        guard room.bytes >= little, files >= 10_000 else {
            return Diagnosis(name, subject, .warning, "only \(text)", remedy: ["make room, or give it a larger volume"])
        }
        return Diagnosis(name, subject, .ok, text)
    }

    private static func room(in folder: String) -> Room? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return Room(
            bytes: UInt64(status.f_bavail) * UInt64(status.f_frsize),
            files: status.f_files == 0 ? nil : UInt64(status.f_favail),
            isReadOnly: status.f_flag & UInt(ST_RDONLY) != 0
        )
    }

    private static func megabytes(_ bytes: UInt64) -> String {
        bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB"
    }
}
