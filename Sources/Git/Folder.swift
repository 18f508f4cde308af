// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A folder on this machine, and what is in it.
struct Folder {
    let path: String

    /// None if it cannot be read.
    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        return Self.names(in: stream)
    }

    /// Whether it is no link, and this process's user owns it.
    var isOwn: Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_uid == geteuid()
            && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func names(in stream: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Since when nothing was made, renamed or removed in it; `nil` if nobody can tell.
    var timeSinceChange: Duration? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        #if canImport(Glibc)
        let change = status.st_mtim
        #else
        let change = status.st_mtimespec
        #endif
        return .seconds(time(nil) - change.tv_sec)
    }

    /// Removes it with all that is in it, as far as that is possible. A link is unlinked, never followed.
    func remove() {
        guard unlink(path) != 0 else { return }
        Self.empty(open(path, Self.asFolder))
        rmdir(path)
    }

    private static let asFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// - Parameter folder: is closed.
    private static func empty(_ folder: Int32) {
        guard folder >= 0 else { return }
        guard let stream = fdopendir(folder) else {
            close(folder)
            return
        }
        defer { closedir(stream) }
        for name in names(in: stream) where unlinkat(folder, name, 0) != 0 {
            empty(openat(folder, name, asFolder))
            unlinkat(folder, name, AT_REMOVEDIR)
        }
    }

    /// Lets it look as if something in it had changed right now.
    func touch() {
        utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
    }
}
