// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Keys

/// Brings a manifest into the form in which server-side apply keeps its promises.
///
/// Without this, `stringData` is owned but never returned, older servers refuse ports without a protocol, and fields that only the
/// server may write cost a 400.
enum Normalisation {
    static func normalised(_ manifest: JSONValue) -> JSONValue {
        var result = manifest
        result["status"] = nil
        normaliseMetadata(&result)
        switch (result["apiVersion"]?.stringValue, result["kind"]?.stringValue) {
        case ("v1", "Secret"):
            moveStringData(&result)
        case ("v1", "Service"):
            defaultProtocols(&result, at: ["spec", "ports"])
        case ("v1", "Pod"):
            defaultContainerProtocols(&result, at: ["spec"])
        case ("batch/v1", "CronJob"):
            defaultContainerProtocols(&result, at: ["spec", "jobTemplate", "spec", "template", "spec"])
        case ("apps/v1", _), ("batch/v1", _), ("v1", "ReplicationController"):
            defaultContainerProtocols(&result, at: ["spec", "template", "spec"])
        default:
            break
        }
        return result
    }

    private static func normaliseMetadata(_ object: inout JSONValue) {
        guard var metadata = object["metadata"] else { return }
        for field in ["managedFields", "resourceVersion", "uid", "generation", "selfLink", "creationTimestamp"] {
            metadata[field] = nil
        }
        for field in ["labels", "annotations"] where metadata[field]?.objectValue?.isEmpty == true {
            metadata[field] = nil
        }
        object["metadata"] = metadata
    }

    /// `stringData` wins over `data`, as it does in the API server.
    private static func moveStringData(_ secret: inout JSONValue) {
        guard let plain = secret["stringData"]?.objectValue else { return }
        var data = secret["data"]?.objectValue ?? JSONObject()
        for (key, value) in plain {
            guard let text = value.stringValue else { return }
            data[key] = .string(Base64.encode(Array(text.utf8)))
        }
        secret["data"] = .object(data)
        secret["stringData"] = nil
    }

    private static func defaultContainerProtocols(_ object: inout JSONValue, at podSpec: [String]) {
        for list in ["containers", "initContainers"] {
            edit(&object, at: (podSpec + [list])[...]) { containers in
                guard case .array(let items) = containers else { return }
                containers = .array(
                    items.map { item in
                        var container = item
                        defaultProtocols(&container, at: ["ports"])
                        return container
                    }
                )
            }
        }
    }

    private static func defaultProtocols(_ object: inout JSONValue, at path: [String]) {
        edit(&object, at: path[...]) { ports in
            guard case .array(let items) = ports else { return }
            ports = .array(
                items.map { item in
                    guard case .object = item, item["protocol"] == nil else { return item }
                    var port = item
                    port["protocol"] = "TCP"
                    return port
                }
            )
        }
    }

    private static func edit(
        _ value: inout JSONValue,
        at path: ArraySlice<String>,
        _ body: (inout JSONValue) -> Void
    ) {
        guard let first = path.first else { return body(&value) }
        guard var member = value[first] else { return }
        edit(&member, at: path.dropFirst(), body)
        value[first] = member
    }
}
