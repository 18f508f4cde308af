// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Kubernetes
import TestSupport
import Testing

/// The rules on objects as a real server and its controllers write them; what no controller here looks after gets its status from the test.
@Suite(.serialized) struct LiveHealthTests {
    private let live: LiveHealth

    init() async throws {
        live = try await LiveHealth()
    }

    private static func template(_ name: String, _ annotations: String = "", restart: String = "Always") -> String {
        """
        template:
            metadata: {labels: {app: \(name)}, annotations: {\(annotations)}}
            spec: {restartPolicy: \(restart), containers: [{name: c, image: "c:1"}]}
        """
    }

    @Test func `workloads`() async throws {
        let stuck = #"taffrail.dev/test-never-ready: "true""#
        func workload(_ kind: String, _ name: String, _ more: String = "", _ annotations: String = "") -> String {
            """
            apiVersion: apps/v1
            kind: \(kind)
            metadata: {name: \(name)}
            spec:
              selector: {matchLabels: {app: \(name)}}
            \(more)
              \(Self.template(name, annotations))
            ---

            """
        }
        let manual = "  serviceName: s\n  updateStrategy: {type: OnDelete}"
        let partition = "  serviceName: s\n  updateStrategy: {rollingUpdate: {partition: 1}}"
        try await live.apply(
            workload("Deployment", "web") + workload("Deployment", "slow", "  progressDeadlineSeconds: 1", stuck)
                + workload("Deployment", "none", "  replicas: 0") + workload("StatefulSet", "set", "  serviceName: s")
                + workload("StatefulSet", "manual", manual) + workload("StatefulSet", "part", partition)
                + workload("StatefulSet", "waiting", "  serviceName: s", stuck)
                + workload("DaemonSet", "agent") + workload("ReplicaSet", "pair", "  replicas: 2")
                + workload("ReplicaSet", "lame", "  replicas: 1", stuck)
        )
        try await live.expect("apps/v1 Deployment", "web", "Current: 1 of 1 replicas are ready")
        try await live.expect("apps/v1 Deployment", "slow", "Failed: ReplicaSet")
        try await live.expect("apps/v1 Deployment", "none", "Current: 0 of 0 replicas are ready")
        try await live.expect("apps/v1 StatefulSet", "set", "Current: 1 of 1 replicas are ready")
        try await live.expect("apps/v1 StatefulSet", "manual", "Current: pods are updated when they are deleted")
        try await live.expect("apps/v1 StatefulSet", "part", "Current: 1 of 1 replicas are ready")
        try await live.expect("apps/v1 StatefulSet", "waiting", "InProgress: 0 of 1 replicas are ready")
        // There are no nodes.
        try await live.expect("apps/v1 DaemonSet", "agent", "Current: 0 of 0 pods are ready")
        try await live.expect("apps/v1 ReplicaSet", "pair", "Current: 2 replicas are ready")
        try await live.expect("apps/v1 ReplicaSet", "lame", "InProgress: 0 of 1 replicas are available")
    }

    @Test func `what runs to its end`() async throws {
        func job(_ name: String, _ annotations: String) -> String {
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: \(name)}
            spec:
              backoffLimit: 0
              \(Self.template(name, annotations, restart: "Never"))
            ---

            """
        }
        let version = try await live.served("batch/v1", "batch/v1beta1", kind: "CronJob")
        try await live.apply(
            job("works", "taffrail.dev/test-ends: Succeeded") + job("breaks", "taffrail.dev/test-ends: Failed")
                + job("runs", "")
                    + """
                    apiVersion: \(version)
                    kind: CronJob
                    metadata: {name: nightly}
                    spec:
                      schedule: "0 0 * * *"
                      suspend: true
                      jobTemplate:
                        spec:
                          template: {spec: {restartPolicy: Never, containers: [{name: c, image: "c:1"}]}}
                    """
        )
        try await live.expect("batch/v1 Job", "works", "Current: the job is complete")
        try await live.expect("batch/v1 Job", "breaks", "Failed: Job has reached the specified backoff limit")
        try await live.expect("batch/v1 Job", "runs", "InProgress: the job is running")
        try await live.expect("\(version) CronJob", "nightly", "Current: suspended")
    }

    @Test func `a job that is suspended, where the server can`() async throws {
        // Jobs can be suspended from 1.24 on.
        guard try await live.client.resource(for: LiveHealth.type("batch/v1 CronJob"), deadline: live.soon) != nil
        else { return }
        try await live.apply(
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: held}
            spec:
              suspend: true
              \(Self.template("held", restart: "Never"))
            """
        )
        try await live.expect("batch/v1 Job", "held", "Current: suspended")
    }

    @Test func `a pod`() async throws {
        // The annotation keeps the stand-in for kubelet away.
        try await live.apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, annotations: {taffrail.dev/test-never-ready: "true"}}
            spec: {containers: [{name: c, image: "c:1"}]}
            """
        )
        try await live.expect("v1 Pod", "p", "InProgress: the pod is pending")
        let since = WallClock.system.now
        try await live.report(
            "v1 Pod",
            "p",
            """
            conditions:
            - {type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes, lastTransitionTime: '\(since)'}
            """
        )
        try await live.expect("v1 Pod", "p", now: Timestamp(seconds: since.seconds + 15), "InProgress: 0/3 nodes")
        try await live.expect("v1 Pod", "p", now: Timestamp(seconds: since.seconds + 16), "Failed: 0/3 nodes")
        let crash =
            "{name: c, image: 'c:1', imageID: '', ready: false, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff}}}"
        try await live.report("v1 Pod", "p", "{phase: Running, conditions: [], containerStatuses: [\(crash)]}")
        try await live.expect("v1 Pod", "p", "Failed: container c crashes again and again")
        try await live.report("v1 Pod", "p", "{phase: Failed}")
        try await live.expect("v1 Pod", "p", "Current: the pod has completed, but not successfully")
    }

    @Test func `volumes, services and what is well when it is there`() async throws {
        let budgets = try await live.served("policy/v1", "policy/v1beta1", kind: "PodDisruptionBudget")
        try await live.apply(
            """
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: \(live.namespace)}
            spec:
              capacity: {storage: 1Gi}
              accessModes: [ReadWriteOnce]
              storageClassName: \(live.namespace)
              hostPath: {path: /nowhere}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: bound}
            spec:
              accessModes: [ReadWriteOnce]
              storageClassName: \(live.namespace)
              volumeName: \(live.namespace)
              resources: {requests: {storage: 1Gi}}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: waiting}
            spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: lb}
            spec: {type: LoadBalancer, ports: [{port: 80}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: i}
            spec: {defaultBackend: {service: {name: lb, port: {number: 80}}}}
            ---
            apiVersion: autoscaling/v1
            kind: HorizontalPodAutoscaler
            metadata: {name: h}
            spec: {maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
            ---
            apiVersion: \(budgets)
            kind: PodDisruptionBudget
            metadata: {name: b}
            spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
            """
        )
        try await live.expect("v1 PersistentVolumeClaim", "bound", "Current: bound")
        try await live.expect(
            "v1 PersistentVolumeClaim",
            "waiting",
            "InProgress: the claim is not bound: phase Pending"
        )
        try await live.expect("v1 Service", "lb", "Current: ready")
        try await live.expect("networking.k8s.io/v1 Ingress", "i", "Current: the object exists")
        try await live.expect("autoscaling/v1 HorizontalPodAutoscaler", "h", "Current: the object exists")
        try await live.expect("\(budgets) PodDisruptionBudget", "b", "Current: the object exists")
        _ = try await live.call("delete", "pv", live.namespace, "--wait=false")
    }

    @Test func `what others need to be there first`() async throws {
        let group = "\(live.namespace).example.com"
        try await live.apply(
            live.definition(group, "Widget", plural: "widgets", versions: ["v1"]) + "---\n"
                + """
                apiVersion: apiregistration.k8s.io/v1
                kind: APIService
                metadata: {name: v1.nobody-\(group)}
                spec:
                  group: nobody-\(group)
                  version: v1
                  groupPriorityMinimum: 1000
                  versionPriority: 10
                  insecureSkipTLSVerify: true
                  service: {name: nobody, namespace: \(live.namespace), port: 443}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: held, finalizers: [example.com/held]}
                """
        )
        let definitions = "apiextensions.k8s.io/v1 CustomResourceDefinition"
        try await live.expect(definitions, "widgets.\(group)", inNamespace: false, "Current: established")
        // The same kind under another name.
        try await live.apply(live.definition(group, "Widget", plural: "gadgets", versions: ["v1"]))
        try await live.expect(definitions, "gadgets.\(group)", inNamespace: false, "Failed: ")
        let services = "apiregistration.k8s.io/v1 APIService"
        try await live.expect(services, "v1.apps", inNamespace: false, "Current: available")
        try await live.expect(services, "v1.nobody-\(group)", inNamespace: false, "InProgress: ")
        // An API that nobody serves hinders others on this server.
        _ = try await live.call("delete", "apiservice", "v1.nobody-\(group)")
        try await live.expect("v1 Namespace", live.namespace, inNamespace: false, "Current: active")
        _ = try await live.call("delete", "namespace", live.namespace, "--wait=false")
        try await live.expect("v1 Namespace", live.namespace, inNamespace: false, "Terminating: it is being deleted")
        _ = try await live.call(
            "patch",
            "configmap",
            "held",
            "--type=merge",
            "-p",
            #"{"metadata":{"finalizers":null}}"#
        )
        for name in ["widgets", "gadgets"] {
            _ = try await live.call("delete", "crd", "\(name).\(group)", "--wait=false")
        }
    }

    @Test func `kinds of others, by what their controllers write`() async throws {
        let (gateways, routes) = ("gateway.networking.k8s.io/v1 Gateway", "gateway.networking.k8s.io/v1 HTTPRoute")
        let (services, widgets) = ("serving.kserve.io/v1beta1 InferenceService", "example.com/v1 Widget")
        let gatewayGroup = "gateway.networking.k8s.io"
        try await live.apply(
            live.definition(gatewayGroup, "Gateway", plural: "gateways", versions: ["v1"]) + "---\n"
                + live.definition(gatewayGroup, "HTTPRoute", plural: "httproutes", versions: ["v1"]) + "---\n"
                + live.definition(
                    "serving.kserve.io",
                    "InferenceService",
                    plural: "inferenceservices",
                    versions: ["v1beta1"]
                )
                + "---\n" + live.definition("example.com", "Widget", plural: "widgets", versions: ["v1"])
        )
        _ = try await live.call(
            "wait",
            "--for",
            "condition=established",
            "--timeout=60s",
            "crd/gateways.\(gatewayGroup)",
            "crd/httproutes.\(gatewayGroup)",
            "crd/inferenceservices.serving.kserve.io",
            "crd/widgets.example.com"
        )
        live.client.forgetDiscovery()
        try await eventually("the kinds can be made") {
            try await live.call(
                "apply",
                "--validate=false",
                "-f",
                "-",
                input: """
                    # kubectl takes for JSON what begins with a brace.
                    {apiVersion: \(gatewayGroup)/v1, kind: Gateway, metadata: {name: x}, spec: {}}
                    ---
                    {apiVersion: \(gatewayGroup)/v1, kind: HTTPRoute, metadata: {name: x}, spec: {parentRefs: [{name: x}]}}
                    ---
                    {apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: x}, spec: {}}
                    ---
                    {apiVersion: example.com/v1, kind: Widget, metadata: {name: x}, spec: {}}
                    """
            ).status == 0
        }
        try await live.expect(gateways, "x", "InProgress: nobody has said yet whether it is Accepted")
        let accepted = "{type: Accepted, status: 'True', observedGeneration: 1}"
        try await live.report(
            gateways,
            "x",
            "{conditions: [\(accepted), {type: Programmed, status: Unknown, message: soon}]}"
        )
        try await live.expect(gateways, "x", "InProgress: not Programmed: soon")
        try await live.report(
            gateways,
            "x",
            "{conditions: [\(accepted), {type: Programmed, status: 'True', observedGeneration: 1}]}"
        )
        try await live.expect(gateways, "x", "Current: programmed")

        try await live.expect(
            routes,
            "x",
            "InProgress: its parent Gateway/\(live.namespace)/x has not looked at it yet"
        )
        let resolved = "{type: ResolvedRefs, status: 'True', observedGeneration: 1}"
        try await live.report(
            routes,
            "x",
            "{parents: [{parentRef: {name: x}, conditions: [\(accepted), \(resolved)]}]}"
        )
        try await live.expect(routes, "x", "Current: accepted by 1 of 1 parents")
        let another = #"{"spec":{"hostnames":["a.example.com"]}}"#
        _ = try await live.call(
            "patch",
            "httproute",
            "x",
            "--type=merge",
            "-p",
            another
        )
        try await live.expect(
            routes,
            "x",
            "InProgress: parent Gateway/\(live.namespace)/x: generation 2 is not observed yet"
        )

        try await live.expect(services, "x", "InProgress: its controller has not looked at it yet")
        try await live.report(
            services,
            "x",
            "{modelStatus: {transitionStatus: InProgress}, conditions: [{type: Ready, status: 'False'}]}"
        )
        try await live.expect(services, "x", "InProgress: the model is being loaded")
        let failure = "{transitionStatus: BlockedByFailedLoad, lastFailureInfo: {message: no such model}}"
        try await live.report(services, "x", "{modelStatus: \(failure)}")
        try await live.expect(services, "x", "Failed: no such model")
        let done = "[{type: Ready, status: 'True'}, {type: Stopped, status: 'False'}]"
        try await live.report(services, "x", "{modelStatus: {transitionStatus: UpToDate}, conditions: \(done)}")
        try await live.expect(services, "x", "Current: ready")

        try await live.expect(widgets, "x", "Current: the object exists")
        try await live.report(
            widgets,
            "x",
            "{observedGeneration: 1, conditions: [{type: Ready, status: 'False', message: later}]}"
        )
        try await live.expect(widgets, "x", "InProgress: later")
        try await live.report(widgets, "x", "{conditions: [{type: Stalled, status: 'True', message: never}]}")
        try await live.expect(widgets, "x", "Failed: never")
    }
}
