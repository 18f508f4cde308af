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

    /// Removes it with all that is in it, as far as that is possible.
    func remove() {
        for name in names {
            // A link is unlinked, never followed.
            if unlink(path + "/" + name) != 0 { Folder(path: path + "/" + name).remove() }
        }
        rmdir(path)
    }
}
