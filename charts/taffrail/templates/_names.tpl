{{- define "taffrail.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "taffrail.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "taffrail.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of what has no namespace, or is in a tenant's: two releases of one name must not meet. */}}
{{- define "taffrail.outerName" -}}
{{- printf "%s-%s" .Release.Namespace (include "taffrail.fullname" .) -}}
{{- end -}}

{{- define "taffrail.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "taffrail.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed where the chart does not create the account" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "taffrail.keySecret" -}}
{{- $key := .Values.log.key -}}
{{- if $key.private -}}{{ include "taffrail.fullname" . }}-log-key{{- else -}}{{ $key.existingSecret }}{{- end -}}
{{- end -}}

{{- define "taffrail.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{- define "taffrail.selector" -}}
app.kubernetes.io/name: {{ include "taffrail.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "taffrail.labels" -}}
{{ include "taffrail.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What a pod of the restricted standard says of itself. */}}
{{- define "taffrail.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.runAsUser }}
runAsGroup: {{ .Values.runAsGroup }}
fsGroup: {{ .Values.runAsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "taffrail.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The namespace that is looked after alone; empty for all. */}}
{{- define "taffrail.watched" -}}
{{- if eq .Values.scope "namespace" -}}{{ (first .Values.tenants).namespace }}{{- end -}}
{{- end -}}
