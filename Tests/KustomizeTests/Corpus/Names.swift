// SPDX-License-Identifier: Apache-2.0

extension Corpus {
    /// The spec of a pod that names objects of every kind.
    private static let pod = [
        "{serviceAccountName: sa, priorityClassName: high, imagePullSecrets: [{name: sec}, {name: other}],",
        " initContainers: [{name: init, env: [{name: A, valueFrom: {configMapKeyRef: {name: cm, key: k}}}],",
        " envFrom: [{secretRef: {name: sec}}]}],",
        " containers: [{name: main, env: [{name: A, valueFrom: {configMapKeyRef: {name: cm, key: k}}},",
        " {name: B, valueFrom: {secretKeyRef: {name: sec, key: k}}}, {name: C, value: cm}],",
        " envFrom: [{configMapRef: {name: cm}}, {secretRef: {name: absent}}]}],",
        " volumes: [{name: a, configMap: {name: cm}}, {name: b, secret: {secretName: sec}},",
        " {name: c, projected: {sources: [{configMap: {name: cm}}, {secret: {name: sec}}]}},",
        " {name: d, persistentVolumeClaim: {claimName: pvc}}, {name: e, emptyDir: {}}]}",
    ].joined()

    /// An object of each kind that names others, and the others.
    private static let everything = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: ns}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: cm}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: sec}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: sa}
        imagePullSecrets: [{name: sec}]
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: default}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: svc}
        spec: {selector: {app: a}}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: pvc}
        spec: {storageClassName: fast, volumeName: pv}
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: pv}
        spec: {storageClassName: fast, azureFile: {secretName: sec}}
        ---
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: fast}
        parameters: {secretName: sec, other: sec}
        ---
        apiVersion: scheduling.k8s.io/v1
        kind: PriorityClass
        metadata: {name: high}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: dep}
        spec:
          template:
            spec: \(pod)
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: sts}
        spec:
          serviceName: svc
          volumeClaimTemplates:
          - metadata: {name: x}
            spec: {storageClassName: fast}
          template: {spec: \(pod)}
        ---
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: cron}
        spec: {jobTemplate: {spec: {template: {spec: \(pod)}}}}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: job}
        spec: {template: {spec: \(pod)}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: pod}
        spec: \(pod)
        ---
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: rs}
        spec: {template: {spec: \(pod)}}
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: ds}
        spec: {template: {spec: \(pod)}}
        ---
        apiVersion: v1
        kind: ReplicationController
        metadata: {name: rc}
        spec: {template: {spec: \(pod)}}
        ---
        apiVersion: v1
        kind: PodTemplate
        metadata: {name: pt}
        template: {spec: \(pod)}
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: hpa}
        spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: dep}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: ing
          annotations:
            nginx.ingress.kubernetes.io/auth-secret: sec
            nginx.ingress.kubernetes.io/fastcgi-params-configmap: cm
        spec:
          ingressClassName: cls
          defaultBackend: {service: {name: svc}}
          tls: [{secretName: sec}]
          rules:
          - host: a
            http:
              paths:
              - path: /
                backend: {service: {name: svc, port: {number: 80}}}
              - path: /x
                backend: {service: {name: elsewhere}}
        ---
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata: {name: cls}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: role}
        rules:
        - resourceNames: [cm, sec, zzz]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: role}
        rules:
        - resourceNames: [cm, pv]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: rb}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: role}
        subjects:
        - {kind: ServiceAccount, name: sa}
        - {kind: ServiceAccount, name: default}
        - {kind: ServiceAccount, name: sa, namespace: elsewhere}
        - {kind: User, name: sa}
        - {kind: Group, name: admins}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: crb}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: role}
        subjects:
        - {kind: ServiceAccount, name: sa, namespace: default}
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: things.example.com}
        spec:
          conversion: {webhook: {clientConfig: {service: {name: svc, namespace: old}}}}
        ---
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: {name: v1.example.com}
        spec: {service: {name: svc, namespace: old}}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: hook}
        webhooks:
        - name: a
          clientConfig: {service: {name: svc, namespace: default}}
        - name: b
          clientConfig: {url: 'https://x'}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: pol}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: polb}
        spec: {policyName: pol}
        ---
        apiVersion: example.com/v1
        kind: Thing
        metadata: {name: thing}
        spec: {secretName: sec}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: gc}
        """

    private static func everything(_ name: String, _ kustomization: String) -> Tree {
        Tree(name, "resources: [all.yaml]\n" + kustomization + "\n=== all.yaml\n" + everything)
    }

    static let names = Chapter(
        name: "names and namespaces",
        refused: [
            "a namespace that joins two",
            "a scalar on the way",
            "a subject without a name",
            "two Namespaces",
        ],
        trees: [
            everything("nothing", ""),
            everything("prefix", "namePrefix: p-"),
            everything("suffix", "nameSuffix: -s"),
            everything("prefix and suffix", "namePrefix: p-\nnameSuffix: -s"),
            everything("namespace", "namespace: target"),
            everything("all", "namespace: target\nnamePrefix: p-\nnameSuffix: -s"),
            everything("default namespace", "namespace: default\nnamePrefix: p-"),
            Tree(
                "two layers",
                folder: "top",
                """
                === top/kustomization.yaml
                resources: [../mid, own.yaml]
                namePrefix: t-
                namespace: top
                === top/own.yaml
                apiVersion: v1
                kind: Pod
                metadata: {name: own}
                spec: {volumes: [{name: a, configMap: {name: cm}}, {name: b, secret: {secretName: sec}}]}
                === mid/kustomization.yaml
                resources: [../all]
                nameSuffix: -m
                namespace: mid
                === all/kustomization.yaml
                resources: [all.yaml]
                === all/all.yaml
                """ + "\n" + everything
            ),
            Tree(
                "the same base with two prefixes",
                """
                resources: [a, b]
                === a/kustomization.yaml
                resources: [../base]
                namePrefix: a-
                === b/kustomization.yaml
                resources: [../base]
                namePrefix: b-
                nameSuffix: -s
                === base/kustomization.yaml
                resources: [x.yaml]
                configMapGenerator: [{name: gen, literals: [a=b]}]
                === base/x.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: cm}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: pod}
                spec:
                  containers: [{name: c, envFrom: [{configMapRef: {name: cm}}, {configMapRef: {name: gen}}]}]
                """
            ),
            Tree(
                "a name that means two objects",
                """
                resources: [a, b, pod.yaml]
                === pod.yaml
                apiVersion: v1
                kind: Pod
                metadata: {name: pod}
                spec: {volumes: [{name: a, configMap: {name: cm}}]}
                === a/kustomization.yaml
                resources: [cm.yaml]
                namePrefix: a-
                === a/cm.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm}}
                === b/kustomization.yaml
                resources: [cm.yaml]
                namePrefix: b-
                === b/cm.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm}}
                """
            ),
            Tree(
                "namespaces apart",
                """
                resources: [a.yaml]
                namePrefix: p-
                === a.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm, namespace: one}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm, namespace: two}}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: pod, namespace: two}
                spec: {volumes: [{name: a, configMap: {name: cm}}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: pod, namespace: three}
                spec: {volumes: [{name: a, configMap: {name: cm}}]}
                ---
                {apiVersion: v1, kind: ServiceAccount, metadata: {name: sa, namespace: one}}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: rb, namespace: two}
                subjects: [{kind: ServiceAccount, name: sa, namespace: one}, {kind: ServiceAccount, name: sa}]
                """
            ),
            Tree(
                "a namespace that joins two",
                """
                resources: [a.yaml]
                namespace: x
                === a.yaml
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm, namespace: one}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm, namespace: two}}
                """
            ),
            Tree(
                "two Namespaces",
                """
                resources: [a.yaml]
                namespace: x
                === a.yaml
                {apiVersion: v1, kind: Namespace, metadata: {name: one}}
                ---
                {apiVersion: v1, kind: Namespace, metadata: {name: two}}
                """
            ),
            Tree(
                "namespace null",
                "resources: [a.yaml]\nnamespace: x\n=== a.yaml\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: null}}\n"
            ),
            Tree(
                "a subject without a name",
                """
                resources: [a.yaml]
                === a.yaml
                {apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, subjects: [{kind: User}]}
                """
            ),
            Tree(
                "a scalar on the way",
                "resources: [a.yaml]\nnamePrefix: a\n=== a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: x}\n"
            ),
        ]
    )
}
