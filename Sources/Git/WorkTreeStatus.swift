// SPDX-License-Identifier: Apache-2.0

internal import CLibgit2
internal import Concurrency

/// What lies in a working tree of this machine and in no commit. Nothing is ever read from there: this only tells a person what will be left out.
package enum WorkTreeStatus {
    /// How many files below a path are new, changed or gone since the last commit, without those that are ignored.
    ///
    /// - Returns: `nil` where it cannot be told, such as of a bare repository or one of another user.
    package static func uncommittedFiles(in folder: String, below path: String) async -> Int? {
        try? await WorkerThread(name: "status").run { try count(in: folder, below: path) }
    }

    private static func count(in folder: String, below path: String) throws -> Int {
        try LibGit2.start()
        var repository: OpaquePointer?
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
        try LibGit2.check(git_repository_open_ext(&repository, folder, flags, nil), "cannot open \(folder)")
        defer { git_repository_free(repository) }
        var options = git_status_options()
        try LibGit2.check(
            git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)),
            "cannot ask for changes"
        )
        options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
        options.flags = [
            GIT_STATUS_OPT_INCLUDE_UNTRACKED, GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS, GIT_STATUS_OPT_EXCLUDE_SUBMODULES,
            GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH,
        ].reduce(0) { $0 | $1.rawValue }
        var list: OpaquePointer?
        defer { git_status_list_free(list) }
        try path.withCString { text in
            var paths = [UnsafeMutablePointer(mutating: text) as UnsafeMutablePointer<CChar>?]
            try paths.withUnsafeMutableBufferPointer { buffer in
                // Without a path, all of the tree is meant.
                options.pathspec = git_strarray(strings: buffer.baseAddress, count: path.isEmpty ? 0 : 1)
                try LibGit2.check(
                    git_status_list_new(&list, repository, &options),
                    "cannot look for changes in \(folder)"
                )
            }
        }
        return git_status_list_entrycount(list)
    }
}
