{{/* The api or the worker. Takes dict "root" $ "component" <name> "values" <its values> "scaled" <whether something else sets the replicas>. */}}
{{- define "event-system.deployment" -}}
{{- $name := printf "%s-%s" (include "event-system.fullname" .root) .component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "event-system.labels" . | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .values.replicas }}
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
          # It asks AWS. A pod that has lost it for a minute leaves the Service; in a shorter outage callers get a 503 with
          # Retry-After from all of them, rather than a refused connection from a Service without pods.
          readinessProbe:
            httpGet: { path: /health/ready, port: http }
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 12
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
      volumes:
        - name: tmp
          emptyDir: { sizeLimit: 64Mi }
{{- end -}}
