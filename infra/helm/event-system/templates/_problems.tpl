{{/* Rules between values, which the schema could only refuse without a word on why; one line each. Secrets are not repeated. */}}
{{- define "event-system.problems" -}}
{{- $isProd := regexMatch "(?i)^prod" .Values.stage -}}
{{- $isLocal := eq .Values.stage "local" -}}
{{- $has := .Values.localAws.enabled -}}
{{- if $has -}}
{{- if $isProd }}
localAws.enabled: must not be true in a prod stage (stage is {{ .Values.stage }})
{{- end }}
{{- if .Values.aws.endpointUrl }}
aws.endpointUrl: must be empty when localAws.enabled is true, which is the endpoint
{{- end }}
{{- if not (has .Values.aws.accountId (list "" "000000000000")) }}
aws.accountId: must be empty when localAws.enabled is true, whose account is 000000000000
{{- end }}
{{- else }}
{{- range $name, $what := dict "region" "the region of the deployed stack, e.g. eu-central-1" "accountId" "the account's 12 digits" "scheduleRoleArn" "the ARN of the stack's ScheduleRole" }}
{{- if not (get $.Values.aws $name) }}
aws.{{ $name }}: is required ({{ $what }}) unless localAws.enabled is true, as in values-local.yaml
{{- end }}
{{- end }}
{{- end }}
{{- if and (eq .Values.auth.mode "none") (not (and $isLocal $has)) }}
auth.mode: must not be none but with stage local and localAws.enabled true (stage is {{ .Values.stage }})
{{- end }}
{{- if eq .Values.auth.mode "jwt" }}
{{- range list "issuer" "audience" "jwksUrl" }}
{{- if not (get $.Values.auth.jwt .) }}
auth.jwt.{{ . }}: is required when auth.mode is jwt
{{- end }}
{{- end }}
{{- end }}
{{- if and (hasPrefix "http:" .Values.auth.jwt.jwksUrl) (not $isLocal) }}
auth.jwt.jwksUrl: must be https but in the stage local
{{- end }}
{{- range list "WEBHOOK_ALLOW_PRIVATE" "WEBHOOK_ALLOW_HTTP" }}
{{- if and $isProd (eq (toString (get $.Values.config .)) "true") }}
config.{{ . }}: must not be true in a prod stage (stage is {{ $.Values.stage }})
{{- end }}
{{- end }}
{{- range list "RECIPIENTS_ALLOWED" "RECIPIENTS_REDIRECT" }}
{{- if and $isProd (get $.Values.config .) }}
config.{{ . }}: must not be set in a prod stage (stage is {{ $.Values.stage }})
{{- end }}
{{- end }}
{{- with .Values.secrets }}
{{- if and (eq (toString $.Values.config.EMAIL_TRANSPORT) "smtp") (not .SMTP_URL) (not .existingSecret) }}
secrets.SMTP_URL: is required when config.EMAIL_TRANSPORT is smtp, unless secrets.existingSecret has it
{{- end }}
{{- range $name := list "CURSOR_SECRET" "WEBHOOK_SECRETS" "FIELD_KEYS" "SMTP_URL" }}
{{- if and $.Values.secrets.existingSecret (get $.Values.secrets $name) }}
secrets.{{ $name }}: must be empty when secrets.existingSecret is given, which has it
{{- end }}
{{- end }}
{{- if not (regexMatch `^\s*(whsec_[A-Za-z0-9+/]{32,88}={0,2}\s*)*$` .WEBHOOK_SECRETS) }}
secrets.WEBHOOK_SECRETS: must be whsec_ and the base64 of 24 to 64 bytes, several separated by blanks
{{- end }}
{{- end }}
{{- range $role := list "api" "worker" }}
{{- with get $.Values $role }}
{{- if ge (int .drainSeconds) (int .graceSeconds) }}
{{ $role }}.drainSeconds: must be less than graceSeconds ({{ .drainSeconds }} of {{ .graceSeconds }})
{{- end }}
{{- range $kind := list "autoscaling" "keda" }}
{{- with get (get $.Values $role) $kind }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
{{ $role }}.{{ $kind }}.minReplicas: must not be above maxReplicas ({{ .minReplicas }} above {{ .maxReplicas }})
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.worker.autoscaling.enabled .Values.worker.keda.enabled }}
worker.keda.enabled: must not be true together with worker.autoscaling.enabled, as both would set the replicas
{{- end }}
{{- if lt (sub (int .Values.api.graceSeconds) (int .Values.api.drainSeconds)) 10 }}
{{- if lt (int .Values.api.drainSeconds) (int .Values.api.graceSeconds) }}
api.graceSeconds: must be at least drainSeconds and 10, which a request may take ({{ .Values.api.graceSeconds }} with {{ .Values.api.drainSeconds }}); e.g. {{ add .Values.api.drainSeconds 20 }}
{{- end }}
{{- end }}
{{- $deliverySeconds := add 15 (divf (.Values.config.CHANNEL_TIMEOUT_MS | default 15000 | toString | float64) 1000 | ceil | int) }}
{{- if lt (int .Values.worker.graceSeconds) (int $deliverySeconds) }}
worker.graceSeconds: must be at least {{ $deliverySeconds }}, which a delivery may take: config.CHANNEL_TIMEOUT_MS and 15 s (it is {{ .Values.worker.graceSeconds }})
{{- end }}
{{- if and .Values.auth.firstKey.secretName (ne .Values.auth.mode "api-key") }}
auth.firstKey.secretName: must be empty when auth.mode is {{ .Values.auth.mode }}, which takes no keys
{{- end }}
{{- $volumes := list }}
{{- range .Values.extraVolumes }}
{{- if or (has .name (list "tmp" "data")) (has .name $volumes) }}
extraVolumes: must not name {{ .name }} {{ has .name $volumes | ternary "twice" "which is the chart's own" }}
{{- end }}
{{- $volumes = append $volumes .name }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- if not (has .name $volumes) }}
extraVolumeMounts: must name a volume of extraVolumes, not {{ .name }}
{{- end }}
{{- if regexMatch "^/(tmp|data|app|usr|lib|proc|dev|sys)?/*$" .mountPath }}
extraVolumeMounts: must not be mounted at {{ .mountPath }}, which the image needs itself; e.g. /etc/{{ .name }}
{{- end }}
{{- end }}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) }}
serviceAccount.name: is required when serviceAccount.create is false
{{- end }}
{{- if eq .Values.image.tag "latest" }}
image.tag: must not be latest, which names another image tomorrow
{{- end }}
{{- range $where, $service := dict "service" .Values.service "localAws.service" .Values.localAws.service }}
{{- if and $service.nodePort (eq $service.type "ClusterIP") }}
{{ $where }}.nodePort: must be null when {{ $where }}.type is ClusterIP
{{- end }}
{{- end }}
{{- $ours := fromYaml (include "event-system.environment" .) }}
{{- range .Values.extraEnv }}
{{- if hasKey $ours .name }}
extraEnv: must not set {{ .name }}, which the chart sets by its own values
{{- else if or (hasKey $.Values.secrets .name) (has .name (list "ROLE" "GRACE_SECONDS" "DRAIN_SECONDS" "REQUESTS_MAX" "FIRST_KEY")) }}
extraEnv: must not set {{ .name }}, which the chart sets by its own values
{{- end }}
{{- end }}
{{- end -}}

{{/* Fails once, with all of them. */}}
{{- define "event-system.refuse" -}}
{{- $lines := printf "%s\n%s" (include "event-system.problems" .) (include "event-system.gatewayProblems" .) -}}
{{- $problems := without (splitList "\n" $lines) "" -}}
{{- if $problems -}}
{{- fail (printf "The values are not usable:\n  %s" (join "\n  " $problems)) -}}
{{- end -}}
{{- end -}}
