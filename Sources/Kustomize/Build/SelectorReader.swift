// SPDX-License-Identifier: Apache-2.0

/// Reads selectors of objects.
enum SelectorReader {
    static let fields = ["group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector"]

    /// - Returns: `nil` if the field is absent or has a problem; the name as it is written.
    static func selector(_ reader: FieldReader, _ key: String) -> (selector: Selector, name: String)? {
        guard let entry = reader.object(key, fields: fields) else { return nil }
        return (selector(entry), entry.string("name"))
    }

    static func selector(_ entry: FieldReader) -> Selector {
        Selector(
            group: expression(entry, "group"),
            version: expression(entry, "version"),
            kind: expression(entry, "kind"),
            name: expression(entry, "name"),
            namespace: expression(entry, "namespace"),
            labels: labels(entry, "labelSelector"),
            annotations: labels(entry, "annotationSelector")
        )
    }

    private static func expression(_ entry: FieldReader, _ key: String) -> RegularExpression? {
        let text = entry.string(key)
        guard !text.isEmpty else { return nil }
        return entry.building(key) { () throws(Refusal) in try RegularExpression(text) }
    }

    private static func labels(_ entry: FieldReader, _ key: String) -> LabelSelector? {
        let text = entry.string(key)
        guard !text.isEmpty else { return nil }
        return entry.building(key) { () throws(Refusal) in try LabelSelector(text) }
    }
}
