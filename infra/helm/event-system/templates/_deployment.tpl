{{/* The api or the worker. Takes dict "root" $ "component" <name> "values" <its values> "scaling" <the autoscaling that sets the replicas, if any>. */}}
{{- define "event-system.deployment" -}}
{{- $name := printf "%s-%s" (include "event-system.fullname" .root) .component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "event-system.labels" . | nindent 4 }}
  {{- with .root.Values.deploymentAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with include "event-system.replicas" (dict "root" .root "name" $name "values" .values "scaling" .scaling) }}
  replicas: {{ . }}
  {{- end }}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      {{- include "event-system.selector" . | nindent 6 }}
  strategy:
    rollingUpdate: { maxUnavailable: 0, maxSurge: 25% }
  template:
    metadata:
      {{- include "event-system.podMetadata" . | nindent 6 }}
    spec:
      serviceAccountName: {{ include "event-system.serviceAccount" .root }}
      {{- include "event-system.podSecurity" .root | nindent 6 }}
      # The process ends by itself within graceSeconds; the rest is for the kubelet.
      terminationGracePeriodSeconds: {{ add .values.graceSeconds 10 }}
      {{- with include "event-system.placement" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with include "event-system.spread" . | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          {{- include "event-system.containerSecurity" .root | nindent 10 }}
          {{- include "event-system.env" . | nindent 10 }}
            - { name: ROLE, value: {{ .component }} }
            - { name: GRACE_SECONDS, value: {{ .values.graceSeconds | quote }} }
            - { name: DRAIN_SECONDS, value: {{ .values.drainSeconds | quote }} }
            {{- with .values.requestsMax }}
            - { name: REQUESTS_MAX, value: {{ . | quote }} }
            {{- end }}
          ports:
            - { name: http, containerPort: 3000 }
            - { name: metrics, containerPort: 9090 }
          # Whether the process runs, never what it depends on: an outage of AWS must not restart every pod.
          startupProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 2
            timeoutSeconds: 5
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          # The path itself is patient with AWS, and answers within a second: what fails here is a pod that is frozen or
          # unreachable, which leaves the Service after 6 to 8 s.
          readinessProbe:
            httpGet: { path: /health/ready, port: http }
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 3
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            {{- include "event-system.extraMounts" .root | nindent 12 }}
      volumes:
        {{- include "event-system.volumes" .root | nindent 8 }}
{{- end -}}

{{/*
Empty where an autoscaler sets it, but for what the Deployment has at the moment, where rendering sees the cluster: a field that goes
missing would be 1 until the autoscaler has looked.
*/}}
{{- define "event-system.replicas" -}}
{{- if not .scaling -}}
{{- .values.replicas -}}
{{- else -}}
{{- $spec := (lookup "apps/v1" "Deployment" .root.Release.Namespace .name).spec | default dict -}}
{{- with $spec.replicas -}}
{{- min (max (int .) (int $.scaling.minReplicas)) (int $.scaling.maxReplicas) -}}
{{- end -}}
{{- end -}}
{{- end -}}
