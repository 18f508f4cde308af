// SPDX-License-Identifier: Apache-2.0

/// Paths of a repository, which are relative to its root.
enum RepositoryPath {
    /// The path that another one names, seen from a folder.
    /// - Throws: `outside` for absolute paths and those that leave the root, `invalid` for empty ones.
    static func resolve(_ path: String, in folder: String) throws(Refusal) -> String {
        guard !path.isEmpty else { throw .invalid("an empty path names nothing") }
        guard !path.utf8.contains(0) else { throw .invalid("a path cannot hold a NUL character") }
        guard !path.hasPrefix("/") else {
            throw Refusal(.outside, "'\(path)' is an absolute path: name it from this folder")
        }
        var parts = folder.split(separator: "/").map(String.init)
        for part in path.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(String(part))
                continue
            }
            guard parts.popLast() != nil else { throw Refusal(.outside, "'\(path)' leaves the repository") }
        }
        return parts.joined(separator: "/")
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }

    /// Whether a path is a folder, or below it.
    static func contains(_ folder: String, _ path: String) -> Bool {
        folder.isEmpty || path == folder || path.hasPrefix(folder + "/")
    }

    /// Whether kustomize would take a path for an address and fetch it.
    static func isRemote(_ path: String) -> Bool {
        let lowered = path.lowercased()
        return lowered.contains("://") || lowered.contains("?ref=") || lowered.contains("?version=")
            || remotePrefixes.contains { lowered.hasPrefix($0) }
    }

    private static let remotePrefixes = [
        "git@", "git::", "gh:", "github.com/", "github.com:", "gitlab.com/", "bitbucket.org/", "ssh:", "http:",
        "https:",
        "file:", "s3::",
    ]
}
