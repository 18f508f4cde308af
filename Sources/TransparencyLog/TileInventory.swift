// SPDX-License-Identifier: Apache-2.0

/// The tile and bundle files that lie in a log's folder, whether its checkpoint needs them or not.
struct TileInventory: Sendable {
    /// The folders below `tile`: a level of hashes each, or the entries.
    enum Kind: Sendable, Hashable {
        case entries
        case level(Int)

        init?(folder: String) {
            if folder == "entries" {
                self = .entries
            } else if let level = Int(folder), (0...63).contains(level), String(level) == folder {
                self = .level(level)
            } else {
                return nil
            }
        }

        var folder: String {
            switch self {
            case .entries: "entries"
            case .level(let level): "\(level)"
            }
        }

        /// How many entries or hashes a log of this size has of this kind.
        func count(size: UInt64) -> UInt64 {
            switch self {
            case .entries: size
            case .level(let level): size >> (8 * UInt64(level))
            }
        }
    }

    struct File: Sendable {
        let kind: Kind
        let span: TileSpan

        var path: String {
            switch kind {
            case .entries: TilePath.bundle(index: span.index, width: span.width)
            case .level(let level): TilePath.tile(level: level, index: span.index, width: span.width)
            }
        }

        /// Whether a log of this size has at least what the file holds.
        func isCovered(size: UInt64) -> Bool { span.end <= kind.count(size: size) }
    }

    let files: LogFiles

    /// Calls `body` with each file, in no particular order. Names that no tile can have are passed over.
    func visit(_ body: (File) throws -> Void) throws {
        for name in try files.names(in: "tile") {
            guard let kind = Kind(folder: name) else { continue }
            try visit("tile/\(name)", above: 0, kind, body)
        }
    }

    private func visit(_ folder: String, above: UInt64, _ kind: Kind, _ body: (File) throws -> Void) throws {
        // Deeper lie no tiles: the largest log has 2^56 of them.
        guard above < 70_000_000_000_000 else { return }
        for name in try files.names(in: folder) {
            if name.hasPrefix("x"), let group = Self.group(name.dropFirst()) {
                try visit("\(folder)/\(name)", above: above * 1_000 + group, kind, body)
            } else if name.hasSuffix(".p"), let group = Self.group(name.dropLast(2)) {
                for width in try files.names(in: "\(folder)/\(name)").compactMap({ UInt64($0) }) where width < 256 {
                    try body(File(kind: kind, span: TileSpan(index: above * 1_000 + group, width: width)))
                }
            } else if let group = Self.group(name[...]) {
                try body(File(kind: kind, span: TileSpan(index: above * 1_000 + group, width: TilePath.width)))
            }
        }
    }

    private static func group(_ digits: Substring) -> UInt64? {
        digits.utf8.count == 3 ? UInt64(digits) : nil
    }
}
