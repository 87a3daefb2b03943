{{/* What the pods of every role have in common. Takes dict "root" $ "component" <name>. */}}
{{- define "event-system.podMetadata" -}}
{{- $isService := has .component (list "api" "worker") -}}
labels:
  {{- include "event-system.selector" . | nindent 2 }}
  {{- if $isService }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  event-system/metrics: 'true'
  {{- end }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if or $isService .root.Values.podAnnotations }}
annotations:
  {{- if $isService }}
  checksum/config: {{ include "event-system.environment" .root | sha256sum }}
  {{- with include "event-system.secretChecksum" .root }}
  checksum/secret: {{ . }}
  {{- end }}
  {{- end }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "event-system.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  {{- with .Values.runAsUser }}
  runAsUser: {{ . }}
  runAsGroup: {{ . }}
  fsGroup: {{ . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* May be empty. Takes dict "root" $ "component" <name>. */}}
{{- define "event-system.placement" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "event-system.spread" -}}
{{- if .root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ $.root.Values.topologySpread.whenUnsatisfiable }}
    # Each version by itself, or an update would lean on where the old pods are.
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "event-system.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "event-system.containerSecurity" -}}
image: {{ include "event-system.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* What every pod has, besides a volume of its own. */}}
{{- define "event-system.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "event-system.extraMounts" -}}
{{- with .Values.extraVolumeMounts }}
{{- toYaml . }}
{{- end }}
{{- end -}}

{{/* The environment of a role that speaks to AWS, with its own secrets alone. Takes dict "root" $ "component" <name>. */}}
{{- define "event-system.env" -}}
envFrom:
  - configMapRef: { name: {{ include "event-system.fullname" .root }} }
env:
  {{- include "event-system.secretEnv" . | nindent 2 }}
  {{- with .root.Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
