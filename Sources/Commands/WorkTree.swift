// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Where a folder of this machine lies in a Git working tree.
struct WorkTree {
    /// The working tree's root, without links.
    let root: String
    /// The folder below the root; empty for the root itself.
    let path: String

    /// Searches upwards as git does; `nil` where there is no working tree.
    init?(around folder: String) {
        guard let resolved = realpath(folder, nil) else { return nil }
        defer { free(resolved) }
        let start = String(cString: resolved)
        var root = start
        while !Files.exists(root + "/.git") {
            guard let slash = root.lastIndex(of: "/"), root != "/" else { return nil }
            root = slash == root.startIndex ? "/" : String(root[..<slash])
            if root == "/", !Files.exists("/.git") { return nil }
        }
        self.root = root
        path = start == root ? "" : start.dropFirst(root.count).drop { $0 == "/" }.description
    }
}

extension String {
    /// The folder that a path lies in.
    var parentFolder: String {
        var path = self[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
