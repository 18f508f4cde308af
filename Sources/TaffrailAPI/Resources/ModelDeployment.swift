// SPDX-License-Identifier: Apache-2.0

package import JSON

/// One model in service.
package struct ModelDeployment: CustomResource {
    package static let kind = "ModelDeployment"
    package static let plural = "modeldeployments"
    package static let shortNames = ["mdep"]
    package static let summary = "One model in service: what it is, who answers for it, and how it is served."
    package static let columns = [
        PrinterColumn("Model", ".spec.model.uri"),
        PrinterColumn("Image", ".spec.serving.image"),
        PrinterColumn("Replicas", ".spec.serving.replicas", type: "integer"),
        PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
        PrinterColumn("Status", ".status.conditions[?(@.type==\"Ready\")].message", isWide: true),
    ]

    /// What is left of a label's 63 characters after a dash and eight digits of the revision.
    package static let nameLimit = 54

    package static func nameProblem(_ name: String) -> String? {
        guard name.utf8.count <= nameLimit else {
            return "must not be longer than \(nameLimit) characters, so that its workloads' names fit"
        }
        return NameSyntax.isServiceName(name)
            ? nil
            : "is '\(name)', which cannot name a Service: begin with a letter, and use lower-case letters, digits and '-'"
    }

    package let metadata: ResourceMetadata
    package let spec: Spec

    package init(metadata: ResourceMetadata, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }

    package struct Spec: FieldsDecodable {
        package let owner: String
        package let model: Model
        package let serving: Serving

        package init(from fields: Fields) {
            owner = fields.required(
                "owner",
                .string(minLength: 1, maxLength: 253),
                "Who answers for the model: a team or a person."
            )
            model = fields.required("model", .object(Model.self), "Which model.")
            serving = fields.required("serving", .object(Serving.self), "How it is served.")
        }
    }

    /// Which model.
    package struct Model: FieldsDecodable {
        package let uri: String
        package let version: String?
        package let digest: String?

        package init(from fields: Fields) {
            uri = fields.required(
                "uri",
                .string(minLength: 1, maxLength: 2_048),
                "Where the model comes from, such as models:/fraud/3 or oci://registry/model:v1."
            )
            version = fields.optional("version", .string(minLength: 1, maxLength: 253), "The model's own version.")
            digest = fields.optional(
                "digest",
                .string(pattern: "^sha256:[0-9a-f]{64}$", minLength: 71, maxLength: 71) {
                    $0.hasPrefix("sha256:") && $0.dropFirst(7).allSatisfy { $0.isHexDigit && !$0.isUppercase }
                        ? nil : "must be 'sha256:' and 64 lower-case hexadecimal digits"
                },
                "The digest of the model's artifact."
            )
        }
    }

    /// How a model is served.
    package struct Serving: FieldsDecodable {
        package let image: String
        package let replicas: Int64
        package let command: [String]
        package let arguments: [String]
        package let environment: [EnvironmentVariable]
        package let ports: [Port]
        package let resources: Resources?
        package let probes: Probes?
        package let imagePullSecrets: [LocalReference]
        package let nodeSelector: [String: String]
        package let tolerations: [JSONValue]
        package let securityContext: JSONValue?
        package let disruptionBudget: DisruptionBudget
        package let progressDeadlineSeconds: Int64

        package init(from fields: Fields) {
            image = fields.required(
                "image",
                .string(minLength: 1, maxLength: 1_024),
                "The container image that serves it."
            )
            replicas = fields.defaulted("replicas", .integer(0...10_000), 1, json: 1, "How many pods.")
            command =
                fields.optional("command", .list(of: .string(), maxItems: 100), "Instead of the image's entry point.")
                ?? []
            arguments = fields.optional("args", .list(of: .string(), maxItems: 1_000), "Arguments.") ?? []
            environment =
                fields.optional(
                    "env",
                    .list(of: .object(EnvironmentVariable.self), maxItems: 500, key: "name"),
                    "Environment variables."
                ) ?? []
            ports =
                fields.optional(
                    "ports",
                    .list(of: .object(Port.self), maxItems: 50, key: "name"),
                    "What it listens on."
                ) ?? []
            resources = fields.optional("resources", .object(Resources.self), "What each pod needs and may use.")
            probes = fields.optional("probes", .object(Probes.self), "How Kubernetes tells that it works.")
            imagePullSecrets =
                fields.optional(
                    "imagePullSecrets",
                    .list(of: .object(LocalReference.self), maxItems: 20),
                    "Secrets for the image's registry."
                ) ?? []
            nodeSelector =
                fields.optional("nodeSelector", .map(of: .string(maxLength: 63), maxProperties: 50), "Labels of nodes.")
                ?? [:]
            tolerations =
                fields.optional("tolerations", .list(of: .passedOn, maxItems: 50), "Taints of nodes to put up with.")
                ?? []
            securityContext = fields.optional(
                "securityContext",
                .passedOn,
                "The container's security context, in place of the restricted one that it gets otherwise."
            )
            disruptionBudget = fields.defaulted(
                "disruptionBudget",
                .object(DisruptionBudget.self),
                .onePodAtATime,
                json: ["maxUnavailable": 1],
                "How many pods must stay, or may go, when nodes are drained."
            )
            progressDeadlineSeconds = fields.defaulted(
                "progressDeadlineSeconds",
                .integer(1...86_400),
                600,
                json: 600,
                "After how long without progress a new revision counts as failed."
            )
        }
    }

    /// One environment variable: a value, or where it comes from.
    package struct EnvironmentVariable: FieldsDecodable {
        package let name: String
        package let value: String?
        package let valueFrom: JSONValue?

        package init(from fields: Fields) {
            name = fields.required("name", .string(minLength: 1, maxLength: 253), "The variable's name.")
            value = fields.optional("value", .string(maxLength: 131_072), "Its value.")
            valueFrom = fields.optional(
                "valueFrom",
                .passedOn,
                "Where its value comes from: secretKeyRef, configMapKeyRef, fieldRef or resourceFieldRef."
            )
            fields.refuseTogether("value", "valueFrom")
        }
    }

    /// A port that the container listens on, and the Service serves.
    package struct Port: FieldsDecodable {
        package enum TransportProtocol: String, CaseIterable, Sendable {
            case tcp = "TCP"
            case udp = "UDP"
            case sctp = "SCTP"
        }

        package let name: String
        package let containerPort: Int64
        package let servicePort: Int64
        package let transport: TransportProtocol

        package init(from fields: Fields) {
            name = fields.required(
                "name",
                .string(pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$", minLength: 1, maxLength: 15) {
                    NameSyntax.isServiceName($0) ? nil : "is '\($0)', which cannot name a port"
                },
                "The port's name."
            )
            containerPort = fields.required("containerPort", .integer(1...65_535), "Where the container listens.")
            servicePort =
                fields.optional("servicePort", .integer(1...65_535), "Where the Service listens; the same if left out.")
                ?? containerPort
            transport = fields.defaulted("protocol", .word(TransportProtocol.tcp), .tcp, json: "TCP", "The protocol.")
        }
    }

    /// What each pod needs and may use.
    package struct Resources: FieldsDecodable {
        package let requests: [String: JSONValue]
        package let limits: [String: JSONValue]

        package init(from fields: Fields) {
            requests = fields.optional("requests", .map(of: .quantity, maxProperties: 20), "What is set aside.") ?? [:]
            limits = fields.optional("limits", .map(of: .quantity, maxProperties: 20), "What is never exceeded.") ?? [:]
        }
    }

    /// How Kubernetes tells that a pod works.
    package struct Probes: FieldsDecodable {
        package let startup: Probe?
        package let readiness: Probe?
        package let liveness: Probe?

        package init(from fields: Fields) {
            startup = fields.optional("startup", .object(Probe.self), "Whether it has started.")
            readiness = fields.optional("readiness", .object(Probe.self), "Whether it can serve.")
            liveness = fields.optional("liveness", .object(Probe.self), "Whether it must be restarted.")
        }
    }

    /// One probe.
    package struct Probe: FieldsDecodable {
        package let json: JSONValue

        package init(from fields: Fields) {
            var json: JSONValue = [:]
            json["httpGet"] = fields.optional("httpGet", .object(HTTPGet.self), "Asks for a path by HTTP.")?.json
            json["tcpSocket"] = fields.optional("tcpSocket", .object(TCPSocket.self), "Connects to a port.")?.json
            json["grpc"] = fields.optional("grpc", .object(GRPC.self), "Asks gRPC's health service.")?.json
            json["exec"] = fields.optional("exec", .object(Exec.self), "Runs a command in the container.")?.json
            let timings = [
                ("initialDelaySeconds", "How long to wait first."), ("periodSeconds", "How often to ask."),
                ("timeoutSeconds", "How long an answer may take."),
                ("successThreshold", "How many good answers in a row."),
                ("failureThreshold", "How many bad answers in a row."),
            ]
            for (name, doc) in timings {
                json[name] = fields.optional(name, .integer(0...86_400), doc).map { .int($0) }
            }
            self.json = json
        }

        struct HTTPGet: FieldsDecodable {
            enum Scheme: String, CaseIterable, Sendable {
                case http = "HTTP"
                case https = "HTTPS"
            }

            let json: JSONValue

            init(from fields: Fields) {
                var json: JSONValue = [
                    "path": .string(fields.defaulted("path", .string(), "/", json: "/", "The path."))
                ]
                json["port"] = fields.required("port", .intOrString, "The port's number or name.")
                json["scheme"] = fields.optional("scheme", .word(Scheme.http), "HTTP or HTTPS.").map {
                    .string($0.rawValue)
                }
                self.json = json
            }
        }

        struct TCPSocket: FieldsDecodable {
            let json: JSONValue

            init(from fields: Fields) {
                json = ["port": fields.required("port", .intOrString, "The port's number or name.")]
            }
        }

        struct GRPC: FieldsDecodable {
            let json: JSONValue

            init(from fields: Fields) {
                var json: JSONValue = [
                    "port": .int(fields.required("port", .integer(1...65_535), "The port's number."))
                ]
                json["service"] = fields.optional("service", .string(), "The service to ask about.").map { .string($0) }
                self.json = json
            }
        }

        struct Exec: FieldsDecodable {
            let json: JSONValue

            init(from fields: Fields) {
                let command = fields.required(
                    "command",
                    .list(of: .string(), maxItems: 100),
                    "The command and its arguments."
                )
                json = ["command": .array(command.map { .string($0) })]
            }
        }
    }

    /// How many pods must stay, or may go, when nodes are drained.
    package struct DisruptionBudget: FieldsDecodable {
        package let minAvailable: JSONValue?
        package let maxUnavailable: JSONValue?

        package init(from fields: Fields) {
            minAvailable = fields.optional("minAvailable", .intOrString, "A number, or a percentage.")
            maxUnavailable = fields.optional("maxUnavailable", .intOrString, "A number, or a percentage.")
            fields.refuseTogether("minAvailable", "maxUnavailable")
        }

        private init(maxUnavailable: JSONValue) {
            minAvailable = nil
            self.maxUnavailable = maxUnavailable
        }

        /// Also lets the only pod of a model go: a budget that blocks every drain is for its author to ask for.
        static let onePodAtATime = DisruptionBudget(maxUnavailable: 1)
    }

    package struct Status: FieldsDecodable {
        package init(from fields: Fields) {
            ConditionStatus.field(fields)
            _ = fields.optional("revision", .string(maxLength: 16), "The revision that has the traffic.")
            _ = fields.optional("desiredRevision", .string(maxLength: 16), "The revision that is asked for.")
            _ = fields.optional("phase", .string(maxLength: 32), "Where the hand-over stands.")
            _ = fields.optional(
                "readyReplicas",
                .integer(0...10_000),
                "Ready pods of the revision that has the traffic."
            )
        }
    }
}
