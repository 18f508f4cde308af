// SPDX-License-Identifier: Apache-2.0

/// What a log asks of a disk: few operations, each of which either happens or throws, so that tests can break every one of them.
///
/// Paths are absolute. Files are made 0600, folders 0700.
protocol FileSystem: Sendable {
    /// The bytes of a file; `nil` if there is none.
    func read(_ path: String) throws -> [UInt8]?

    /// The names in a folder, without those that begin with a dot; empty if there is no such folder.
    func names(in path: String) throws -> [String]

    /// Makes a folder unless it is there. The name is durable only after a sync of the folder above.
    func makeFolder(_ path: String) throws

    /// Writes a file from the start and syncs it. The name is durable only after a sync of its folder.
    func create(_ path: String, _ bytes: [UInt8]) throws

    /// Puts a file in the place of another, if there is one, at once. It is durable only after a sync of the new folder.
    func rename(_ path: String, to newPath: String) throws

    /// Makes the names in a folder durable.
    func syncFolder(_ path: String) throws

    /// Removes a file or an empty folder; one that is not there is no error.
    func remove(_ path: String) throws

    /// Makes a file of this size with all its blocks allocated; one that is there is replaced.
    func allocate(_ path: String, bytes: Int) throws

    /// Locks a file, which is made if need be, against every other holder.
    /// - Throws: `locked` if somebody else has it.
    func lock(_ path: String) throws -> FileLock
}

/// A lock on a file, held until it is released or forgotten.
final class FileLock: Sendable {
    private let onRelease: @Sendable () -> Void

    init(onRelease: @escaping @Sendable () -> Void) {
        self.onRelease = onRelease
    }

    deinit {
        onRelease()
    }
}
