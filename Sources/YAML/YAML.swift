// SPDX-License-Identifier: Apache-2.0

package import JSON

/// YAML as Kubernetes reads and prints it.
package enum YAML {
    /// Reads all documents of a stream.
    ///
    /// Scalars get the types that kubectl gives them (sigs.k8s.io/yaml over go-yaml v2), except that a duplicate key is an error.
    /// A document with such an error is left out and the others are not; a syntax error ends the stream.
    /// - Parameters:
    ///   - bytes: UTF-8, with or without a byte order mark.
    ///   - file: the name that errors carry.
    package static func parse(_ bytes: [UInt8], file: String, limits: YAMLLimits = .standard) -> YAMLStream {
        guard bytes.count <= limits.bytes else {
            let message = "the file has \(bytes.count) bytes, more than the limit of \(limits.bytes)"
            return YAMLStream(documents: [], errors: [YAMLError(.limit, message, file: file)])
        }
        return bytes.withUnsafeBufferPointer { input in
            do throws(YAMLError) {
                var composer = try Composer(input, file: file, limits: limits)
                return composer.stream()
            } catch {
                return YAMLStream(documents: [], errors: [error])
            }
        }
    }

    /// A value in a stream: its document's `YAMLDocument.index`, and the pointer to it.
    package typealias Place = (document: Int, pointer: JSONPointer)

    /// Finds where values are written, by reading the stream once more, so that parsing need not keep a table of positions.
    ///
    /// A member is found at its key, an item at its first character, what an alias or a merge brings at the alias or the merge.
    /// - Returns: for each of the places, in their order; `nil` where there is no such value.
    package static func positions(
        of places: [Place],
        in bytes: [UInt8],
        limits: YAMLLimits = .standard
    ) -> [SourcePosition?] {
        var wanted: [Int: PositionFinder.Wanted] = [:]
        for (number, place) in places.enumerated() {
            wanted[place.document, default: PositionFinder.Wanted()].add(place.pointer.tokens[...], number: number)
        }
        return bytes.withUnsafeBufferPointer { input in
            guard var finder = try? PositionFinder(input, depth: limits.depth) else {
                return places.map { _ in nil }
            }
            // What was found before an error is right.
            try? finder.find(wanted)
            return places.indices.map { finder.found[$0] }
        }
    }

    /// Finds where one value is written; see `positions`.
    package static func position(
        of pointer: JSONPointer,
        document index: Int,
        in bytes: [UInt8]
    ) -> SourcePosition? {
        positions(of: [(index, pointer)], in: bytes)[0]
    }

    /// A value as one document, the way kubectl prints it: block style, two spaces, lists at the indentation of their key.
    ///
    /// Every string that `parse` would not give back as that string is quoted.
    package static func emit(_ value: JSONValue) -> String {
        var emitter = Emitter()
        emitter.write(value)
        return emitter.text
    }

    /// Several values as a stream of documents, separated by `---`.
    package static func emit(documents: [JSONValue]) -> String {
        documents.map(emit).joined(separator: "---\n")
    }
}
