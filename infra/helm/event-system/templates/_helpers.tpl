{{/* Names and labels. They leave space for the longest suffix, -local-aws-0. */}}
{{- define "event-system.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "event-system.fullname" -}}
{{- $name := include "event-system.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Takes dict "root" $ "component" <name>. */}}
{{- define "event-system.selector" -}}
app.kubernetes.io/name: {{ include "event-system.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Takes dict "root" $ "component" <name>. */}}
{{- define "event-system.labels" -}}
{{ include "event-system.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "event-system.serviceAccount" -}}
{{- default (include "event-system.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "event-system.secret" -}}
{{- default (include "event-system.fullname" .) .Values.secrets.existingSecret -}}
{{- end -}}

{{- define "event-system.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "event-system.localAws" -}}
{{- include "event-system.fullname" . }}-local-aws
{{- end -}}
