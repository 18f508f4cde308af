// SPDX-License-Identifier: Apache-2.0

/// Reads the files of one build, within its limits.
final class FileReader {
    private let read: (String) throws -> [UInt8]?
    private let isFolderAt: (String) -> Bool
    private let limits: KustomizeLimits
    private var files = 0
    private var bytes = 0
    private(set) var readPaths: Set<String> = []

    init(source: some KustomizeSource, limits: KustomizeLimits) {
        read = { try source.bytes($0) }
        isFolderAt = { source.isFolder($0) }
        self.limits = limits
    }

    func isFolder(_ path: String) -> Bool { path.isEmpty || isFolderAt(path) }

    /// - Returns: `nil` if there is no such file.
    /// - Throws: `limit`; `unreadable` if the source throws.
    func contents(_ path: String) throws(Refusal) -> [UInt8]? {
        guard files < limits.files else { throw Refusal(.limit, "the build reads more than \(limits.files) files") }
        let content: [UInt8]?
        do {
            content = try read(path)
        } catch {
            throw Refusal(.unreadable, "'\(path)' cannot be read: \(error)")
        }
        guard let content else { return nil }
        files += 1
        bytes += content.count
        guard bytes <= limits.bytes else { throw Refusal(.limit, "the build reads more than \(limits.bytes) bytes") }
        readPaths.insert(path)
        return content
    }
}
