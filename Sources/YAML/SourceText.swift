// SPDX-License-Identifier: Apache-2.0

internal import CYAML

/// The text that libyaml reads, without a byte order mark, and the words for what libyaml finds wrong in it.
struct SourceText {
    let bytes: UnsafeBufferPointer<UInt8>
    let file: String

    /// - Throws: `encoding` for UTF-16 and UTF-32. Git and every other tool would take such a file for binary; so do we.
    init(_ input: UnsafeBufferPointer<UInt8>, file: String) throws(YAMLError) {
        if input.starts(with: [0xFE, 0xFF]) || input.starts(with: [0xFF, 0xFE]) {
            throw YAMLError(.encoding, "the file is in UTF-16 or UTF-32: save it as UTF-8", file: file)
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        bytes = input.starts(with: mark) ? UnsafeBufferPointer(rebasing: input.dropFirst(mark.count)) : input
        self.file = file
    }

    /// libyaml wants a pointer to an empty text, too.
    var start: UnsafePointer<UInt8> {
        let empty: StaticString = ""
        return bytes.baseAddress ?? empty.utf8Start
    }

    var outOfMemory: YAMLError {
        YAMLError(.limit, "there is not enough memory to read the file", file: file)
    }

    /// What the parser says after it has refused to go on.
    func error(of parser: yaml_parser_t) -> YAMLError {
        switch parser.error {
        case YAML_MEMORY_ERROR: return outOfMemory
        case YAML_READER_ERROR:
            let problem = Self.text(parser.problem) ?? "not a text"
            let step =
                problem.hasPrefix("control characters")
                ? "write them as escapes in double quotes, like \"\\x1B\"" : "the file must be UTF-8"
            return YAMLError(
                .encoding,
                "\(problem): \(step)",
                file: file,
                position: position(of: parser.problem_offset)
            )
        default: break
        }
        let position = SourcePosition(parser.problem_mark)
        if let tab = tab(inIndentationOf: position.line) {
            return YAMLError(.syntax, "tab character used for indentation: use spaces", file: file, position: tab)
        }
        var message = Self.text(parser.problem) ?? "not YAML"
        if message == "did not find expected <document start>" {
            message = "something follows the end of the document: begin another one with '---'"
        }
        if let context = Self.text(parser.context) {
            message += " \(context)"
            let start = SourcePosition(parser.context_mark)
            if start.line != position.line { message += " that begins at line \(start.line), column \(start.column)" }
        }
        return YAMLError(.syntax, message, file: file, position: position)
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// - Parameter offset: in bytes.
    private func position(of offset: Int) -> SourcePosition {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") }
        return SourcePosition(
            line: line + 1,
            column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        )
    }

    private func tab(inIndentationOf line: Int) -> SourcePosition? {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: line, omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return nil }
        let indentation = lines[line - 1].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let tab = indentation.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
        return SourcePosition(line: line, column: tab - indentation.startIndex + 1)
    }
}
