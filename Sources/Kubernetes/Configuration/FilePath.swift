// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Paths of files, as text.
enum FilePath {
    /// The path from the root; a relative one is read against `folder`, or against the working directory.
    static func absolute(_ path: String, in folder: String? = nil) -> String {
        guard !path.hasPrefix("/") else { return path }
        return normalised((folder ?? workingDirectory) + "/" + path)
    }

    /// Without the last name: `/` for what stands right below it.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Without `.`, `..` and double slashes, as Go's `filepath.Join` leaves it: links are not followed.
    private static func normalised(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." {
                _ = names.popLast()
            } else {
                names.append(name)
            }
        }
        return "/" + names.joined(separator: "/")
    }

    private static var workingDirectory: String {
        guard let text = getcwd(nil, 0) else { return "" }
        defer { free(text) }
        return String(cString: text)
    }
}
