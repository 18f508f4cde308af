// SPDX-License-Identifier: Apache-2.0

/// A kind, then its rows: an object without `apiVersion` and `kind`, and after an arrow how it does and in which words. It is
/// 2026-11-25T00:01:00Z.
let healthTable = """
    = example.com/v1 Widget
    {}
    > Current: the object exists
    {metadata: {deletionTimestamp: x}, status: {conditions: [{type: Ready, status: 'True'}]}}
    > Terminating: it is being deleted
    {metadata: {generation: 2}, status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}}
    > InProgress: generation 2 is not observed yet, the latest observed is 1
    {metadata: {generation: 2}, status: {conditions: [{type: Ready, status: 'True'}]}}
    > Current: ready
    {status: {conditions: [{type: Reconciling, status: 'True'}]}}
    > InProgress: reconciling
    {status: {conditions: [{type: Reconciling, status: 'True', message: at it}, {type: Stalled, status: 'True'}]}}
    > InProgress: at it
    {status: {conditions: [{type: Stalled, status: 'True', reason: Full}, {type: Ready, status: 'True'}]}}
    > Failed: Full
    {status: {conditions: [{type: Stalled, status: 'False'}, {type: Reconciling, status: 'False'}]}}
    > Current: the object exists
    {status: {conditions: [{type: Ready, status: 'False', message: sorry}]}}
    > InProgress: sorry
    {status: {conditions: [{type: Ready, status: Unknown}]}}
    > InProgress: not ready yet
    {status: {conditions: [7, {type: Ready}], observedGeneration: x}}
    > Current: the object exists

    = v1 ConfigMap
    {}
    > Current: the object exists

    = v1 Secret
    {}
    > Current: the object exists

    = networking.k8s.io/v1 Ingress
    {status: {loadBalancer: {}}}
    > Current: the object exists

    = autoscaling/v2 HorizontalPodAutoscaler
    {status: {conditions: [{type: ScalingActive, status: 'False'}]}}
    > Current: the object exists

    = policy/v1 PodDisruptionBudget
    {metadata: {generation: 2}, status: {observedGeneration: 1}}
    > InProgress: generation 2 is not observed yet, the latest observed is 1
    {metadata: {generation: 2}, status: {observedGeneration: 2, disruptionsAllowed: 0}}
    > Current: the object exists

    = taffrail.dev/v1alpha1 Inventory
    {metadata: {generation: 1}}
    > Current: the object exists

    = taffrail.dev/v1alpha1 Environment
    {metadata: {generation: 1}}
    > InProgress: its controller has not looked at it yet
    {metadata: {generation: 1}, status: {observedGeneration: 1}}
    > InProgress: its controller has not looked at it yet
    {metadata: {generation: 1}, status: {observedGeneration: 1, conditions: [{type: Ready, status: 'False', message: sorry}]}}
    > InProgress: sorry
    {metadata: {generation: 1}, spec: {suspend: true}}
    > Current: suspended

    = taffrail.dev/v1alpha1 ModelDeployment
    {metadata: {generation: 1}}
    > InProgress: its controller has not looked at it yet
    {metadata: {generation: 1}, status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}}
    > Current: ready

    = apps/v1 Deployment
    {}
    > InProgress: 0 of 1 replicas exist
    {spec: {replicas: 2}, status: {replicas: 1}}
    > InProgress: 1 of 2 replicas exist
    {spec: {replicas: 2}, status: {replicas: 2, updatedReplicas: 1}}
    > InProgress: 1 of 2 replicas are updated
    {spec: {replicas: 1}, status: {replicas: 3, updatedReplicas: 1}}
    > InProgress: 2 replicas are still to be ended
    {spec: {replicas: 2}, status: {replicas: 2, updatedReplicas: 2, availableReplicas: 1}}
    > InProgress: 1 of 2 replicas are available
    {spec: {replicas: 2}, status: {replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 1}}
    > InProgress: 1 of 2 replicas are ready
    {spec: {replicas: 1, progressDeadlineSeconds: 600}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1,
     conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: ReplicaSetUpdated}]}}
    > InProgress: the new replica set is not available yet
    {spec: {replicas: 1}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1}}
    > InProgress: not available yet
    {spec: {replicas: 1, progressDeadlineSeconds: 600}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1,
     conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]}}
    > Current: 1 of 1 replicas are ready
    {spec: {replicas: 1, progressDeadlineSeconds: 2147483647}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1,
     readyReplicas: 1, conditions: [{type: Available, status: 'True'}]}}
    > Current: 1 of 1 replicas are ready
    {spec: {replicas: 0}, status: {conditions: [{type: Available, status: 'True'}]}}
    > Current: 0 of 0 replicas are ready
    {status: {conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: too slow}]}}
    > Failed: too slow

    = apps/v1 StatefulSet
    {spec: {replicas: 2, updateStrategy: {type: OnDelete}}}
    > Current: pods are updated when they are deleted
    {spec: {replicas: 2}, status: {replicas: 1}}
    > InProgress: 1 of 2 replicas exist
    {spec: {replicas: 2}, status: {replicas: 2, readyReplicas: 1}}
    > InProgress: 1 of 2 replicas are ready
    {spec: {replicas: 2}, status: {replicas: 3, readyReplicas: 3}}
    > InProgress: 1 replicas are still to be ended
    {spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 1}}}, status: {replicas: 3, readyReplicas: 3, updatedReplicas: 1}}
    > InProgress: 1 of 2 replicas are updated
    {spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 1}}},
     status: {replicas: 3, readyReplicas: 3, updatedReplicas: 2, currentReplicas: 1, currentRevision: a, updateRevision: b}}
    > Current: 3 of 3 replicas are ready
    {spec: {replicas: 1, updateStrategy: {rollingUpdate: {partition: 0}}}, status: {replicas: 1, readyReplicas: 1}}
    > InProgress: 0 of 1 replicas are updated
    {spec: {replicas: 2}, status: {replicas: 2, readyReplicas: 2, currentReplicas: 1}}
    > InProgress: 1 of 2 replicas are current
    {spec: {replicas: 1}, status: {replicas: 1, readyReplicas: 1, currentReplicas: 1, currentRevision: a, updateRevision: b}}
    > InProgress: the update to the newest revision is under way
    {spec: {replicas: 1}, status: {replicas: 1, readyReplicas: 1, currentReplicas: 1, currentRevision: b, updateRevision: b}}
    > Current: 1 of 1 replicas are ready

    = apps/v1 DaemonSet
    {metadata: {generation: 1}, status: {desiredNumberScheduled: 0}}
    > InProgress: its controller has not looked at it yet
    {metadata: {generation: 1}, status: {observedGeneration: 1}}
    > InProgress: its controller has not looked at it yet
    {metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 1}}
    > InProgress: 1 of 2 pods are scheduled
    {metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1}}
    > InProgress: 0 of 1 pods are updated
    {metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1,
     updatedNumberScheduled: 1}}
    > InProgress: 0 of 1 pods are available
    {metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1,
     updatedNumberScheduled: 1, numberAvailable: 1}}
    > InProgress: 0 of 1 pods are ready
    {metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 0}}
    > Current: 0 of 0 pods are ready

    = apps/v1 ReplicaSet
    {status: {conditions: [{type: ReplicaFailure, status: 'True', message: over the quota}]}}
    > InProgress: over the quota
    {}
    > InProgress: 0 of 1 replicas are labelled
    {status: {fullyLabeledReplicas: 1}}
    > InProgress: 0 of 1 replicas are available
    {status: {fullyLabeledReplicas: 1, availableReplicas: 1}}
    > InProgress: 0 of 1 replicas are ready
    {status: {fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1, replicas: 2}}
    > InProgress: 1 replicas are still to be ended
    {status: {fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1, replicas: 1}}
    > Current: 1 replicas are ready

    = v1 Pod
    {}
    > InProgress: the pod has no phase yet
    {status: {phase: Pending}}
    > InProgress: the pod is pending
    {status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: SchedulingGated}]}}
    > InProgress: the pod is pending
    {metadata: {creationTimestamp: '2026-11-01T00:00:00Z'}, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False',
     reason: Unschedulable, message: 0/3 nodes, lastTransitionTime: '2026-11-25T00:00:45Z'}]}}
    > InProgress: 0/3 nodes
    {metadata: {creationTimestamp: '2026-11-01T00:00:00Z'}, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False',
     reason: Unschedulable, message: 0/3 nodes, lastTransitionTime: '2026-11-25T00:00:44Z'}]}}
    > Failed: 0/3 nodes
    {metadata: {creationTimestamp: '2026-11-25T00:00:44Z'},
     status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}
    > Failed: Unschedulable
    {status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}
    > InProgress: Unschedulable
    {status: {phase: Running}}
    > InProgress: the pod is running but not ready
    {status: {phase: Running, containerStatuses: [{name: a}, {name: c, state: {waiting: {reason: CrashLoopBackOff}}}]}}
    > Failed: container c crashes again and again
    {status: {phase: Running, initContainerStatuses: [{name: i, state: {waiting: {reason: CrashLoopBackOff}}}]}}
    > Failed: container i crashes again and again
    {status: {phase: Running, conditions: [{type: Ready, status: 'True'}],
     containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff}}}]}}
    > Current: the pod is ready
    {status: {phase: Succeeded}}
    > Current: the pod has completed
    {status: {phase: Failed}}
    > Current: the pod has completed, but not successfully

    = batch/v1 Job
    {}
    > InProgress: the job has not started
    {status: {startTime: x, active: 1}}
    > InProgress: the job is running
    {status: {conditions: [{type: Complete, status: 'True'}]}}
    > Current: the job is complete
    {status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}}
    > Failed: BackoffLimitExceeded
    {status: {conditions: [{type: Suspended, status: 'True'}]}}
    > Current: suspended
    {status: {startTime: x, conditions: [{type: Suspended, status: 'False'}]}}
    > InProgress: the job is running

    = batch/v1 CronJob
    {spec: {suspend: false}}
    > Current: the object exists
    {spec: {suspend: true}}
    > Current: suspended

    = v1 PersistentVolumeClaim
    {}
    > InProgress: the claim is not bound: phase unknown
    {status: {phase: Pending}}
    > InProgress: the claim is not bound: phase Pending
    {status: {phase: Lost}}
    > InProgress: the claim is not bound: phase Lost
    {status: {phase: Bound}}
    > Current: bound

    = v1 Service
    {spec: {type: ExternalName}}
    > Current: ready
    {spec: {type: LoadBalancer}}
    > InProgress: it has no cluster address yet
    {spec: {type: LoadBalancer, clusterIP: 10.0.0.1}}
    > Current: ready

    = v1 Namespace
    {status: {phase: Active}}
    > Current: active
    {status: {phase: Terminating}}
    > Terminating: it is being deleted

    = apiextensions.k8s.io/v1 CustomResourceDefinition
    {}
    > InProgress: not established yet
    {status: {conditions: [{type: Established, status: 'False', reason: Installing}]}}
    > InProgress: not established yet
    {status: {conditions: [{type: Established, status: 'False', reason: NotAccepted, message: sorry}]}}
    > Failed: sorry
    {status: {conditions: [{type: NamesAccepted, status: 'False', message: taken}, {type: Established, status: 'True'}]}}
    > Failed: taken
    {status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]}}
    > Current: established

    = apiregistration.k8s.io/v1 APIService
    {}
    > InProgress: not available yet
    {status: {conditions: [{type: Available, status: 'False', reason: ServiceNotFound}]}}
    > InProgress: ServiceNotFound
    {status: {conditions: [{type: Available, status: 'True'}]}}
    > Current: available

    = gateway.networking.k8s.io/v1 Gateway
    {metadata: {generation: 1}}
    > InProgress: nobody has said yet whether it is Accepted
    {metadata: {generation: 1}, status: {conditions: [{type: Accepted, status: Unknown, reason: Pending, message: wait},
     {type: Programmed, status: Unknown, reason: Pending}]}}
    > InProgress: not Accepted: wait
    {metadata: {generation: 2}, status: {conditions: [{type: Accepted, status: 'True', observedGeneration: 2},
     {type: Programmed, status: 'True', observedGeneration: 1}]}}
    > InProgress: generation 2 is not observed yet, the latest observed is 1
    {status: {conditions: [{type: Accepted, status: 'False', reason: InvalidParameters, message: sorry}, {type: Programmed, status: 'True'}]}}
    > Failed: not Accepted: sorry
    {status: {conditions: [{type: Accepted, status: 'True'}, {type: Programmed, status: 'False', reason: AddressNotAssigned}]}}
    > InProgress: not Programmed: AddressNotAssigned
    {status: {conditions: [{type: Accepted, status: 'True'}, {type: Programmed, status: 'False', reason: Invalid}]}}
    > Failed: not Programmed: Invalid
    {metadata: {generation: 2}, status: {conditions: [{type: Accepted, status: 'True', observedGeneration: 2},
     {type: Programmed, status: 'True', observedGeneration: 2}]}}
    > Current: programmed

    = gateway.networking.k8s.io/v1 HTTPRoute
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}}
    > InProgress: its parent Gateway/ns/g has not looked at it yet
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}, {name: h, namespace: m, sectionName: s, port: 443}]},
     status: {parents: [{parentRef: {name: g, namespace: ns, kind: Gateway, group: gateway.networking.k8s.io},
     conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'True'}]}]}}
    > InProgress: its parent Gateway/m/h/s/443 has not looked at it yet
    {metadata: {namespace: ns, generation: 2}, spec: {parentRefs: [{name: g}]}, status: {parents: [{parentRef: {name: g},
     conditions: [{type: Accepted, status: 'True', observedGeneration: 1}, {type: ResolvedRefs, status: 'True', observedGeneration: 1}]}]}}
    > InProgress: parent Gateway/ns/g: generation 2 is not observed yet, the latest observed is 1
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}, status: {parents: [{parentRef: {name: g},
     conditions: [{type: Accepted, status: 'True'}]}]}}
    > InProgress: parent Gateway/ns/g: nobody has said yet whether it is ResolvedRefs
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}, status: {parents: [{parentRef: {name: g},
     conditions: [{type: Accepted, status: 'False', reason: NotAllowedByListeners, message: not here}]}]}}
    > Failed: parent Gateway/ns/g: not Accepted: not here
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}, status: {parents: [{parentRef: {name: g},
     conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'False', reason: BackendNotFound, message: no Service}]}]}}
    > InProgress: parent Gateway/ns/g: not ResolvedRefs: no Service
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}, status: {parents: [{parentRef: {name: g},
     conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'False', reason: InvalidKind}]}]}}
    > Failed: parent Gateway/ns/g: not ResolvedRefs: InvalidKind
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}, status: {parents: [
     {parentRef: {name: g}, controllerName: a, conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'True'}]},
     {parentRef: {name: g}, controllerName: b, conditions: [{type: Accepted, status: 'False', reason: UnsupportedValue}]}]}}
    > Failed: parent Gateway/ns/g: not Accepted: UnsupportedValue
    {metadata: {namespace: ns}, spec: {parentRefs: [{name: g}]}, status: {parents: [
     {parentRef: {name: g}, conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'True'}]},
     {parentRef: {name: past}, conditions: [{type: Accepted, status: 'False', reason: NoMatchingParent}]}]}}
    > Current: accepted by 1 of 1 parents
    {spec: {}}
    > Current: it names no parent

    = serving.kserve.io/v1beta1 InferenceService
    {}
    > InProgress: its controller has not looked at it yet
    {metadata: {generation: 2}, status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}}
    > InProgress: generation 2 is not observed yet, the latest observed is 1
    {status: {modelStatus: {transitionStatus: InProgress}, conditions: [{type: PredictorReady, status: 'False', message: sorry}]}}
    > InProgress: the model is being loaded
    {status: {modelStatus: {transitionStatus: BlockedByFailedLoad, lastFailureInfo: {reason: ModelLoadFailed, message: out of memory}},
     conditions: [{type: Ready, status: 'True'}]}}
    > Failed: out of memory
    {status: {modelStatus: {transitionStatus: InvalidSpec}}}
    > Failed: the model cannot be loaded: InvalidSpec
    {status: {modelStatus: {transitionStatus: UpToDate}, conditions: [{type: IngressReady, status: 'False', reason: NoHost}]}}
    > InProgress: IngressReady: NoHost
    {status: {modelStatus: {transitionStatus: UpToDate}, conditions: [{type: PredictorReady, status: Unknown}]}}
    > InProgress: PredictorReady: not true yet
    {status: {modelStatus: {transitionStatus: UpToDate}, conditions: [{type: PredictorReady, status: 'True'},
     {type: IngressReady, status: 'True'}, {type: Ready, status: 'True'}, {type: Stopped, status: 'False'}]}}
    > Current: ready
    {status: {conditions: [{type: Ready, status: 'True'}]}}
    > Current: ready
    {status: {modelStatus: {transitionStatus: InProgress}, conditions: [{type: Ready, status: 'False'}, {type: Stopped, status: 'True'}]}}
    > Current: stopped
    """
