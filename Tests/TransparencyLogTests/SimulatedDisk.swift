// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport

@testable import TransparencyLog

/// A disk in memory, with one folder, `disk`, that forgets, on a power failure, names that were not synced, and that breaks when it is told to.
final class SimulatedDisk: FileSystem {
    /// How an operation that changes something fails.
    enum Fault: CaseIterable {
        /// It does nothing and throws; what comes after works.
        case refusal
        /// It does what it should, and throws nevertheless; what comes after works.
        case lie
        /// It does nothing and throws, and so does all that comes after: the process is dead.
        case death
    }

    struct Broken: Error {}

    private enum Node: Sendable {
        case folder
        case file([UInt8])
    }

    private struct Change: Sendable {
        let path: String
        let node: Node?
    }

    private struct State: Sendable {
        var live: [String: Node] = ["disk": .folder]
        var durable: [String: Node] = ["disk": .folder]
        /// Names that were changed since their folder was synced, in order.
        var pending: [Change] = []
        var operations = 0
        var fault: (at: Int, kind: Fault)?
        var isDead = false
        var isLocked = false
    }

    private let state = Locked(State())

    /// Operations so far that change something.
    var operations: Int { state.withLock(\.operations) }

    /// Breaks the operation of this number, counted from now.
    func fail(at number: Int, _ fault: Fault) {
        state.withLock { $0.fault = ($0.operations + number, fault) }
    }

    /// The process ends and another begins: nothing is lost.
    func restart() {
        state.withLock { state in
            state.fault = nil
            state.isDead = false
            state.isLocked = false
        }
    }

    /// The power fails: any part of what was not synced is lost.
    func losePower(_ random: inout SeededGenerator) {
        restart()
        let kept = Set(state.withLock { $0.pending.indices }.filter { _ in Bool.random(using: &random) })
        state.withLock { state in
            for (index, change) in state.pending.enumerated() where kept.contains(index) {
                state.durable[change.path] = change.node
            }
            // What lies in a folder that was lost is lost with it.
            state.durable = state.durable.filter { path, _ in Self.hasFolders(path, state.durable) }
            state.pending = []
            state.live = state.durable
        }
    }

    private static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    private static func hasFolders(_ path: String, _ nodes: [String: Node]) -> Bool {
        let folder = folder(of: path)
        guard !folder.isEmpty else { return true }
        guard case .folder? = nodes[folder] else { return false }
        return hasFolders(folder, nodes)
    }

    private func change(_ body: (inout State) throws -> Void) throws {
        try state.withLock { state in
            guard !state.isDead else { throw Broken() }
            state.operations += 1
            guard let fault = state.fault, fault.at == state.operations else { return try body(&state) }
            switch fault.kind {
            case .refusal: break
            case .lie: try body(&state)
            case .death: state.isDead = true
            }
            throw Broken()
        }
    }

    private static func set(_ path: String, _ node: Node?, _ state: inout State) {
        state.live[path] = node
        state.pending.append(Change(path: path, node: node))
    }

    // MARK: - FileSystem

    func read(_ path: String) throws -> [UInt8]? {
        guard case .file(let bytes)? = state.withLock({ $0.live[path] }) else { return nil }
        return bytes
    }

    func names(in path: String) throws -> [String] {
        state.withLock { state in
            state.live.keys.filter { Self.folder(of: $0) == path }.map { String($0.dropFirst(path.utf8.count + 1)) }
                .filter { !$0.hasPrefix(".") }
        }
    }

    func makeFolder(_ path: String) throws {
        try change { state in
            if case .folder? = state.live[path] { return }
            guard Self.hasFolders(path, state.live) else { throw Broken() }
            Self.set(path, .folder, &state)
        }
    }

    func create(_ path: String, _ bytes: [UInt8]) throws {
        try change { state in
            guard Self.hasFolders(path, state.live) else { throw Broken() }
            Self.set(path, .file(bytes), &state)
        }
    }

    func rename(_ path: String, to newPath: String) throws {
        try change { state in
            guard let node = state.live[path], Self.hasFolders(newPath, state.live) else { throw Broken() }
            Self.set(newPath, node, &state)
            Self.set(path, nil, &state)
        }
    }

    func syncFolder(_ path: String) throws {
        try change { state in
            guard case .folder? = state.live[path] else { throw Broken() }
            for change in state.pending where Self.folder(of: change.path) == path {
                state.durable[change.path] = change.node
            }
            state.pending.removeAll { Self.folder(of: $0.path) == path }
        }
    }

    func remove(_ path: String) throws {
        try change { state in
            guard state.live[path] != nil else { return }
            guard !state.live.keys.contains(where: { Self.folder(of: $0) == path }) else { throw Broken() }
            Self.set(path, nil, &state)
        }
    }

    func allocate(_ path: String, bytes: Int) throws {
        try change { Self.set(path, .file([]), &$0) }
    }

    func lock(_ path: String) throws -> FileLock {
        try change { state in
            guard !state.isLocked else { throw TransparencyLogError(.locked, "the simulated lock is taken") }
            state.isLocked = true
        }
        return FileLock { [state] in state.withLock { $0.isLocked = false } }
    }
}
