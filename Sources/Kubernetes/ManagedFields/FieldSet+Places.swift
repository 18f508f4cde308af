// SPDX-License-Identifier: Apache-2.0

package import JSON

extension FieldSet {
    /// Where in a value the elements of a set are, found for all of them in one look through the value.
    package struct Places {
        /// A list up to here is looked through faster than it is indexed.
        private static let longestScan = 16

        private let value: JSONValue?
        private let items: [JSONValue]
        /// The first place of each item of a list that is a set.
        private var values: [JSONValue: Int] = [:]
        /// The list's items by the names of the keys that tell them apart.
        private var keyed: [[String]: KeyedItems] = [:]

        package init(of elements: some Collection<Element>, in value: JSONValue?) {
            self.value = value
            items = value?.arrayValue ?? []
            guard items.count > Self.longestScan else { return }
            for element in elements {
                switch element {
                case .field, .index: continue
                case .value:
                    guard values.isEmpty else { continue }
                    values = Dictionary(zip(items, items.indices)) { first, _ in first }
                case .item(let keys):
                    let names = keys.map(\.key).sorted()
                    if keyed[names] == nil { keyed[names] = KeyedItems(of: items, names) }
                }
            }
        }

        /// Where in the list the item is that one of the elements names; `nil` for none, and for a member of an object.
        ///
        /// Keys that an item does not have are not compared, since a manifest may leave out what the server defaults.
        package func position(of element: Element) -> Int? {
            switch element {
            case .field: nil
            case .item(let keys) where items.count > Self.longestScan: keyed[keys.map(\.key).sorted()]?.first(keys)
            case .value(let value) where items.count > Self.longestScan: values[value]
            case .item(let keys): items.firstIndex { $0.isNamed(by: keys) }
            case .value(let value): items.firstIndex(of: value)
            case .index(let index): items.indices.contains(index) ? index : nil
            }
        }

        /// The token of a JSON pointer that leads to an element, if that is in the value.
        func token(of element: Element) -> String? {
            guard case .field(let name) = element else { return position(of: element).map { String($0) } }
            return value?[name] == nil ? nil : name
        }
    }
}

extension JSONValue {
    fileprivate func isNamed(by keys: JSONObject) -> Bool {
        var isNamed = false
        for (key, value) in keys {
            guard let own = self[key] else { continue }
            guard own == value else { return false }
            isNamed = true
        }
        return isNamed
    }
}

/// The items of a list by what they say for some keys.
private struct KeyedItems {
    /// By the names of the keys that items have: the first place of each combination of values.
    private var places: [[String]: [JSONObject: Int]] = [:]

    init(of items: [JSONValue], _ names: [String]) {
        for (index, item) in items.enumerated() {
            let present = names.filter { item[$0] != nil }
            guard !present.isEmpty, let values = item.objectValue?.cut(to: present) else { continue }
            if places[present]?[values] == nil { places[present, default: [:]][values] = index }
        }
    }

    func first(_ keys: JSONObject) -> Int? {
        places.compactMap { names, places in places[keys.cut(to: names)] }.min()
    }
}

extension JSONObject {
    fileprivate func cut(to names: [String]) -> JSONObject {
        JSONObject(uniqueMembers: names.compactMap { name in self[name].map { (key: name, value: $0) } })
    }
}
