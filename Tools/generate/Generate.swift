// SPDX-License-Identifier: Apache-2.0

import Foundation
import TaffrailAPI
import YAML

/// Writes what follows from the Swift types: `crds/` and the reference of custom resources.
@main
enum Generate {
    static func main() throws {
        let root = URL(filePath: FileManager.default.currentDirectoryPath)
        for (file, definition) in CustomResources.definitions {
            try Data(YAML.emit(definition).utf8).write(to: root.appending(path: "crds/\(file)"))
        }
        try Data(CustomResources.reference.utf8).write(to: root.appending(path: "docs/reference/custom-resources.md"))
    }
}
