// SPDX-License-Identifier: Apache-2.0

internal import JSON

/// Places of an object that hold one and the same text.
///
/// In kustomize, a label that one transformer adds to several places of an object is one node in all of them: who
/// changes it in one place later changes it in all. An overlay that sets a label without selectors so changes the
/// selectors, too, if its base has set them.
struct SharedTexts {
    private var groups: [[JSONPointer]] = []

    var isEmpty: Bool { groups.isEmpty }

    mutating func share(_ places: [[String]]) {
        guard places.count > 1 else { return }
        groups.append(places.map { JSONPointer(tokens: $0) })
    }

    /// Carries a change of one place to the others.
    mutating func follow(from old: JSONValue, to value: inout JSONValue) {
        for index in groups.indices {
            // What is gone, or has become something else, is no longer shared.
            groups[index].removeAll { value[$0]?.stringValue == nil }
            let changed = groups[index].last { value[$0] != old[$0] }
            guard let changed, let text = value[changed] else { continue }
            for place in groups[index] { value[place] = text }
        }
        groups.removeAll { $0.count < 2 }
    }
}

extension Resource {
    /// Changes the value, and says of which object it is if that is refused.
    mutating func editing(_ change: (inout JSONValue) throws(Refusal) -> Void) throws(Refusal) {
        let old = shared.isEmpty ? nil : value
        do throws(Refusal) {
            try change(&value)
        } catch {
            throw Refusal(error.rule, "\(id.description) (\(origin.description)): \(error.message)")
        }
        if let old { shared.follow(from: old, to: &value) }
    }

    mutating func share(_ places: [[String]]) { shared.share(places) }

    /// As when the object is written out and read again.
    mutating func unshare() { shared = SharedTexts() }
}
