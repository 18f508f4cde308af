// SPDX-License-Identifier: Apache-2.0

/// An input that stands for several files: each behind a line `=== path`; what comes before has no path.
struct FileSet {
    /// Without those that come twice.
    private(set) var files: [(path: String, bytes: [UInt8])] = []

    init(_ input: [UInt8], firstPath: String) {
        var path = firstPath
        var bytes: [UInt8] = []
        for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.starts(with: Array("=== ".utf8)) {
                add(path, bytes)
                path = String(decoding: line.dropFirst(4), as: UTF8.self)
                bytes = []
            } else {
                bytes += line
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        add(path, bytes)
    }

    private mutating func add(_ path: String, _ bytes: [UInt8]) {
        if !files.contains(where: { $0.path == path }) { files.append((path, bytes)) }
    }
}
