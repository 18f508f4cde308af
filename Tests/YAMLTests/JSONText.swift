// SPDX-License-Identifier: Apache-2.0

import JSON

extension JSONValue {
    /// Compact JSON, in which the order of members shows.
    var json: String { String(decoding: serialized(), as: UTF8.self) }
}
