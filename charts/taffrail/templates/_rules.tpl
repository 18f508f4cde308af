{{/* What the controller does to our own kinds. Finalizers are part of the objects themselves, and a patch makes what is not there yet. */}}
{{- define "taffrail.ownRules" -}}
- apiGroups: [taffrail.dev]
  resources: [configrepositories, environments, inventories]
  verbs: [list, watch]
# An Environment is read by itself after a crash in a delivery to another cluster.
- apiGroups: [taffrail.dev]
  resources: [environments]
  verbs: [get, patch]
- apiGroups: [taffrail.dev]
  resources: [modeldeployments]
  verbs: [patch]
- apiGroups: [taffrail.dev]
  resources: [configrepositories/status, environments/status, modeldeployments/status]
  verbs: [patch]
# An Inventory is read by itself while the watch is interrupted.
- apiGroups: [taffrail.dev]
  resources: [inventories]
  verbs: [get, create, patch]
# What happened to these, for people; of one that happens again, how often.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# What becomes of a ModelDeployment.
- apiGroups: [""]
  resources: [serviceaccounts, services]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch]
{{- if .Capabilities.APIVersions.Has "policy/v1" }}
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch]
{{- end }}
{{- end -}}

{{/* What Environments deliver: followed, and after a crash read one by one, to record which writes landed. */}}
{{- define "taffrail.deliveredRules" -}}
- apiGroups: [taffrail.dev]
  resources: [modeldeployments]
  verbs: [get, list, watch]
{{- range .Values.delivers }}
- apiGroups: {{ toJson .apiGroups }}
  resources: {{ toJson .resources }}
  verbs: [get, list, watch]
{{- end }}
{{- end -}}

{{/* Who is bound to what is granted. */}}
{{- define "taffrail.subjects" -}}
- kind: ServiceAccount
  name: {{ include "taffrail.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
