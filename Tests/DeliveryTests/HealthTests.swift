// SPDX-License-Identifier: Apache-2.0

import Change
import Concurrency
import Delivery
import JSON
import Testing
import YAML

@Suite struct HealthTests {
    @Test(arguments: [
        ("{kind: ConfigMap, apiVersion: v1}", Health.current),
        ("{kind: X, apiVersion: v1, metadata: {deletionTimestamp: x}}", .terminating),
        ("{kind: X, apiVersion: a/v1, metadata: {generation: 2}, status: {observedGeneration: 1}}", .inProgress),
        ("{kind: X, apiVersion: a/v1, status: {conditions: [{type: Stalled, status: 'True'}]}}", .failed),
        ("{kind: X, apiVersion: a/v1, status: {conditions: [{type: Ready, status: 'False'}]}}", .inProgress),
        ("{kind: X, apiVersion: a/v1, status: {conditions: [{type: Ready, status: 'True'}]}}", .current),
        // Our own loops have not looked at these yet.
        ("{kind: ModelDeployment, apiVersion: taffrail.dev/v1alpha1, metadata: {generation: 1}}", .inProgress),
        (
            "{kind: Environment, apiVersion: taffrail.dev/v1alpha1, metadata: {generation: 1}, status: {observedGeneration: -1}}",
            .inProgress
        ),
        (
            "{kind: Environment, apiVersion: taffrail.dev/v1alpha1, metadata: {generation: 1}, spec: {suspend: true}}",
            .current
        ),
        (
            "{kind: ModelDeployment, apiVersion: taffrail.dev/v1alpha1, metadata: {generation: 1}, status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}}",
            .current
        ),
        ("{kind: Job, apiVersion: batch/v1, status: {conditions: [{type: Failed, status: 'True'}]}}", .failed),
        ("{kind: Job, apiVersion: batch/v1, status: {startTime: x}}", .inProgress),
        ("{kind: Job, apiVersion: batch/v1, status: {conditions: [{type: Complete, status: 'True'}]}}", .current),
        ("{kind: PersistentVolumeClaim, apiVersion: v1, status: {phase: Pending}}", .inProgress),
        ("{kind: Pod, apiVersion: v1, status: {phase: Failed}}", .current),
        (
            "{kind: Pod, apiVersion: v1, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}",
            .current
        ),
        (
            "{kind: Pod, apiVersion: v1, status: {phase: Running, containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff}}}]}}",
            .failed
        ),
        ("{kind: Deployment, apiVersion: apps/v1, spec: {replicas: 3}, status: {replicas: 1}}", .inProgress),
        (
            "{kind: Deployment, apiVersion: apps/v1, status: {conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}}",
            .failed
        ),
        (
            "{kind: Deployment, apiVersion: apps/v1, spec: {replicas: 1}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1, conditions: [{type: Available, status: 'True'}]}}",
            .current
        ),
        (
            "{kind: StatefulSet, apiVersion: apps/v1, spec: {replicas: 1}, status: {replicas: 1, readyReplicas: 1, currentReplicas: 1, currentRevision: a, updateRevision: b}}",
            .inProgress
        ),
        (
            "{kind: DaemonSet, apiVersion: apps/v1, metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 0}}",
            .current
        ),
        (
            "{kind: CustomResourceDefinition, apiVersion: apiextensions.k8s.io/v1, status: {conditions: [{type: Established, status: 'True'}]}}",
            .current
        ),
        (
            "{kind: CustomResourceDefinition, apiVersion: apiextensions.k8s.io/v1, status: {conditions: [{type: NamesAccepted, status: 'False'}]}}",
            .failed
        ),
    ])
    func `health is kstatus's`(text: String, expected: Health) throws {
        let stream = YAML.parse(Array(text.utf8), file: "case")
        let object = try #require(stream.documents.first?.value, "\(stream.errors)")
        #expect(HealthRules.health(of: object).health == expected)
    }

    @Test(arguments: [(Int64(10), Health.inProgress), (Int64(16), Health.failed)])
    func `a pod without a node has a quarter of a minute`(age: Int64, expected: Health) throws {
        let text = """
            {kind: Pod, apiVersion: v1, metadata: {creationTimestamp: '2026-11-25T00:00:00Z'},
             status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}
            """
        let object = try #require(YAML.parse(Array(text.utf8), file: "case").documents.first?.value)
        let created = try #require(Timestamp("2026-11-25T00:00:00Z"))
        let now = Timestamp(seconds: created.seconds + age)
        #expect(HealthRules.health(of: object, now: now).health == expected)
    }
}
