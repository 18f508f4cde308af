// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// Stands between the fuzzed code and this machine: files are those of the input and no others, and no program is started.
///
/// It takes the place of the system's calls by having their names; libFuzzer's own files go through others of the C library's.
enum FileGuard {
    /// What a pipe takes at once: a longer file cannot be shown.
    static let longest = 1 << 16

    /// What can be opened, at `path(of:)`.
    nonisolated(unsafe) static var shown: [[UInt8]] = []
    /// What was asked for beside it.
    nonisolated(unsafe) static var opened: [String] = []

    private static let folder = "/shown/"

    static func path(of index: Int) -> String { folder + String(index) }

    fileprivate static func content(_ path: UnsafePointer<CChar>) -> [UInt8]? {
        let path = String(cString: path)
        if path.hasPrefix(folder), let index = Int(path.dropFirst(folder.count)), shown.indices.contains(index) {
            return shown[index]
        }
        opened.append(path)
        errno = ENOENT
        return nil
    }
}

/// Shows a file of the input, through a pipe.
@_cdecl("open")
public func guardedOpen(_ path: UnsafePointer<CChar>, _ flags: CInt, _ mode: mode_t) -> CInt {
    guard let content = FileGuard.content(path) else { return -1 }
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0, write(ends[1], content, content.count) == content.count, close(ends[1]) == 0 else {
        fatalError("a file cannot be shown")
    }
    return ends[0]
}

/// Whether a file of the input is asked for.
@_cdecl("access")
public func guardedAccess(_ path: UnsafePointer<CChar>, _ mode: CInt) -> CInt {
    FileGuard.content(path) == nil ? -1 : 0
}

/// Nothing that is only read may start a program.
@_cdecl("posix_spawn")
public func guardedSpawn() -> CInt { fatalError("a program is started") }
