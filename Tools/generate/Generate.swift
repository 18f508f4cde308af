// SPDX-License-Identifier: Apache-2.0

import Commands
import Foundation
import TaffrailAPI
import YAML

/// Writes what follows from the Swift types: `crds/` and the chart's copy of it, the reference of custom resources, and that of the commands.
@main
enum Generate {
    static func main() throws {
        let root = URL(filePath: FileManager.default.currentDirectoryPath)
        for (file, definition) in CustomResources.definitions {
            for folder in ["crds", "charts/taffrail/crds"] {
                try Data(YAML.emit(definition).utf8).write(to: root.appending(path: "\(folder)/\(file)"))
            }
        }
        try Data(CustomResources.reference.utf8).write(to: root.appending(path: "docs/reference/custom-resources.md"))
        try Data(CommandReference.page().utf8).write(to: root.appending(path: "docs/reference/commands.md"))
    }
}
