// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Glibc

/// What was made durable below a folder, call by call, and what went wrong with that.
///
/// This takes the place of the C library's `fsync`, `rename` and `mkdir` in the test process, since no disk can be asked to lose what was not
/// synced. All calls are passed on.
final class DiskTrace: Sendable {
    private struct State {
        /// Files whose contents were synced, and were not moved since.
        var synced: Set<String> = []
        /// Names that were given since their folder was synced.
        var pending: Set<String> = []
        var faults: [String] = []
        var syncs = 0
    }

    private static let active = Locked<[String: DiskTrace]>([:])

    private let root: String
    private let state = Locked(State())

    /// - Parameter root: the folder, without symbolic links in its path. It needs not be there yet.
    init(root: String) {
        self.root = root
        Self.active.withLock { $0[root] = self }
    }

    /// Looks at no more calls.
    func end() { Self.active.withLock { $0[root] = nil } }

    var faults: [String] { state.withLock(\.faults) }
    var syncs: Int { state.withLock(\.syncs) }

    /// Names that a power failure would take.
    var pending: [String] { state.withLock { $0.pending.sorted() } }

    private static func of(_ path: String) -> DiskTrace? {
        active.withLock { $0.first { path == $0.key || path.hasPrefix($0.key + "/") }?.value }
    }

    private static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    fileprivate static func noteSync(_ descriptor: Int32) {
        guard active.withLock({ !$0.isEmpty }) else { return }
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count)
        guard count > 0 else { return }
        let path = String(decoding: bytes[..<count], as: UTF8.self)
        // The name of the root itself is in the folder above.
        for trace in active.withLock({ Array($0.values) }) {
            trace.state.withLock { $0.pending = $0.pending.filter { folder(of: $0) != path } }
        }
        of(path)?.state.withLock { state in
            state.synced.insert(path)
            state.syncs += 1
        }
    }

    fileprivate static func noteName(_ path: String) {
        of(path)?.state.withLock { _ = $0.pending.insert(path) }
    }

    fileprivate static func noteMove(_ path: String, to newPath: String) {
        guard let trace = of(newPath) else { return }
        trace.state.withLock { state in
            if state.synced.remove(path) == nil { state.faults.append("\(newPath): its contents were not synced") }
            if newPath == trace.root + "/checkpoint", !state.pending.isEmpty {
                state.faults.append("published before \(state.pending.sorted()) were durable")
            }
            state.pending.insert(newPath)
        }
    }

    /// The C library's own; RTLD_NEXT is a cast that Swift does not import: the one after this.
    fileprivate static func next<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(UnsafeMutableRawPointer(bitPattern: -1), name).map { unsafeBitCast($0, to: type) }
    }
}

private typealias Sync = @convention(c) (Int32) -> Int32
private typealias Move = @convention(c) (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
private typealias Make = @convention(c) (UnsafePointer<CChar>?, mode_t) -> Int32

private let nextSync = DiskTrace.next("fsync", as: Sync.self)
private let nextMove = DiskTrace.next("rename", as: Move.self)
private let nextMake = DiskTrace.next("mkdir", as: Make.self)

@c(fsync) func syncAndTrace(_ descriptor: Int32) -> Int32 {
    let status = nextSync?(descriptor) ?? -1
    if status == 0 { DiskTrace.noteSync(descriptor) }
    return status
}

@c(rename) func moveAndTrace(_ path: UnsafePointer<CChar>?, _ newPath: UnsafePointer<CChar>?) -> Int32 {
    let status = nextMove?(path, newPath) ?? -1
    if status == 0, let path, let newPath { DiskTrace.noteMove(String(cString: path), to: String(cString: newPath)) }
    return status
}

@c(mkdir) func makeAndTrace(_ path: UnsafePointer<CChar>?, _ mode: mode_t) -> Int32 {
    let status = nextMake?(path, mode) ?? -1
    if status == 0, let path { DiskTrace.noteName(String(cString: path)) }
    return status
}
