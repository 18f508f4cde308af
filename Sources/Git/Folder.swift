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

    /// Removes it with all that is in it, as far as that is possible.
    func remove() {
        // A link is unlinked, never followed.
        guard unlink(path) != 0 else { return }
        for name in names { Folder(path: path + "/" + name).remove() }
        rmdir(path)
    }

    /// Lets it look as if something in it had changed right now.
    func touch() {
        utimensat(AT_FDCWD, path, nil, 0)
    }
}
