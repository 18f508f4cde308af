// SPDX-License-Identifier: Apache-2.0

/// Objects that several suites deliver.
enum Manifests {
    static func settings(_ data: String, annotations: String = "") -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, annotations: {\(annotations)}}
        data: {\(data)}

        """
    }

    static func web(_ spec: String, annotations: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, annotations: {\(annotations)}}
        spec:
          \(spec)
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: web
                image: web:1

        """
    }

    /// The annotation of pods that the stand-in for a kubelet never calls ready.
    static let neverReady = "taffrail.dev/test-never-ready: 'true'"

    /// A Deployment of one pod.
    static func workload(_ name: String, annotations: String = "", template: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name), annotations: {\(annotations)}}
        spec:
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}, annotations: {\(template)}}
            spec: {containers: [{name: web, image: "web:1"}]}

        """
    }
}
