// SPDX-License-Identifier: Apache-2.0

/// The bytes between a transfer and its slow reader, with the rule of when the transfer pauses and goes on.
///
/// A value without a lock or a thread: its owner brings both.
struct BodyBuffer: Sendable {
    /// A transfer pauses rather than have more than this wait.
    static let capacity = 256 << 10

    /// What a reader finds.
    enum Content {
        case bytes
        case nothingYet
        case end
        case failure(TransportError)
    }

    private var bytes: [UInt8] = []
    private var start = 0
    private var isPaused = false
    private var outcome: Result<Void, TransportError>?

    /// What is held in memory, with what was taken already.
    var heldBytes: Int { bytes.count }

    private var count: Int { bytes.count - start }

    var content: Content {
        if count > 0 { return .bytes }
        return switch outcome {
        case nil: .nothingYet
        case .success: .end
        case .failure(let error): .failure(error)
        }
    }

    /// Takes bytes from the transfer; `false` means that they were not taken and the transfer is to pause.
    mutating func append(_ new: UnsafeRawBufferPointer) -> Bool {
        // An empty buffer takes any piece: else one larger than the capacity would wait for ever.
        guard count == 0 || count + new.count <= Self.capacity else {
            isPaused = true
            return false
        }
        if start >= Self.capacity {
            // What the reader has taken goes, at the price of one copy of what remains, which is less.
            bytes.removeSubrange(..<start)
            start = 0
        }
        bytes.append(contentsOf: new)
        return true
    }

    /// The transfer has ended. What has come is still to be read, unless nobody wants it any more.
    mutating func end(_ outcome: Result<Void, TransportError>) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        if case .failure(let error) = outcome, error.code == .cancelled { _ = takeAll() }
    }

    /// Gives all bytes to the reader.
    mutating func takeAll() -> [UInt8] {
        defer {
            bytes = []
            start = 0
        }
        return start == 0 ? bytes : Array(bytes[start...])
    }

    /// Gives as many bytes to the reader as fit, and says how many.
    mutating func take(into target: UnsafeMutableRawBufferPointer) -> Int {
        let taken = min(count, target.count)
        bytes.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[start..<start + taken])) }
        start += taken
        if count == 0 {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        }
        return taken
    }

    /// Whether the reader, having taken bytes, is to have the transfer go on: true once for each pause.
    mutating func releasesPause() -> Bool {
        guard isPaused, count <= Self.capacity / 2 else { return false }
        isPaused = false
        return true
    }
}
