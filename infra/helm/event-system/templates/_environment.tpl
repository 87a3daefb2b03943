{{/* What serverless.yml calls the table, the schedule group and the stack; queues have a suffix. */}}
{{- define "event-system.resource" -}}
event-notification-service-{{ .Values.stage }}
{{- end -}}

{{- define "event-system.region" -}}
{{- .Values.aws.region | default (.Values.localAws.enabled | ternary "us-east-1" "") -}}
{{- end -}}

{{- define "event-system.account" -}}
{{- .Values.localAws.enabled | ternary "000000000000" .Values.aws.accountId -}}
{{- end -}}

{{- define "event-system.partition" -}}
{{- $region := include "event-system.region" . -}}
{{- hasPrefix "cn-" $region | ternary "aws-cn" (hasPrefix "us-gov-" $region | ternary "aws-us-gov" "aws") -}}
{{- end -}}

{{- define "event-system.endpoint" -}}
{{- if .Values.localAws.enabled -}}
http://{{ include "event-system.localAws" . }}:4566
{{- else -}}
{{- .Values.aws.endpointUrl -}}
{{- end -}}
{{- end -}}

{{/* Where queue URLs begin. Where an endpoint is given, calls go there whatever host they name. */}}
{{- define "event-system.queueBase" -}}
{{- if .Values.localAws.enabled -}}
{{ include "event-system.endpoint" . }}/{{ include "event-system.account" . }}
{{- else -}}
{{- $suffix := eq (include "event-system.partition" .) "aws-cn" | ternary "amazonaws.com.cn" "amazonaws.com" -}}
https://sqs.{{ include "event-system.region" . }}.{{ $suffix }}/{{ include "event-system.account" . }}
{{- end -}}
{{- end -}}

{{/* Environment of every role but what is secret, as YAML: lib/config.ts reads it. */}}
{{- define "event-system.environment" -}}
{{- $resource := include "event-system.resource" . -}}
{{- $partition := include "event-system.partition" . -}}
{{- $region := include "event-system.region" . -}}
{{- $account := include "event-system.account" . -}}
{{- $env := dict
  "STAGE" .Values.stage
  "AWS_REGION" $region
  "AWS_ENDPOINT_URL" (include "event-system.endpoint" .)
  "TABLE_NAME" $resource
  "SCHEDULE_GROUP" $resource
  "SCHEDULE_ROLE_ARN" .Values.aws.scheduleRoleArn
  "DELIVERY_QUEUE_ARN" (printf "arn:%s:sqs:%s:%s:%s-delivery" $partition $region $account $resource)
  "AUTH_MODE" .Values.auth.mode
  "POWERTOOLS_SERVICE_NAME" "event-notification-service"
  "POWERTOOLS_METRICS_NAMESPACE" "EventSystem"
  "HOST" "0.0.0.0"
  "PORT" "3000"
  "METRICS_PORT" "9090" -}}
{{- $queues := dict "DELIVERY" "delivery" "SCHEDULE" "schedule" "EVENT" "events" "RECONCILE" "reconcile" "REPLAY" "replay" "DEAD_LETTER" "dead-letters" -}}
{{- range $name, $queue := $queues -}}
{{- $_ := set $env (printf "%s_QUEUE_URL" $name) (printf "%s/%s-%s" (include "event-system.queueBase" $) $resource $queue) -}}
{{- end -}}
{{- with .Values.auth.jwt -}}
{{- $_ := merge $env (dict "JWT_ISSUER" .issuer "JWT_AUDIENCE" .audience "JWT_JWKS_URL" .jwksUrl "JWT_SCOPE_CLAIM" .scopeClaim "JWT_TENANT_CLAIM" .tenantClaim) -}}
{{- end -}}
{{- if .Values.localAws.enabled -}}
{{- $role := printf "arn:aws:iam::%s:role/ScheduleRole" $account -}}
{{- $_ := merge (set $env "SCHEDULE_ROLE_ARN" $role) (dict "AWS_ACCESS_KEY_ID" "local" "AWS_SECRET_ACCESS_KEY" "local") -}}
{{- end -}}
{{- range $name, $value := mergeOverwrite $env .Values.aws.names .Values.config }}
{{- $text := kindIs "float64" $value | ternary (printf "%v" (int64 $value)) (toString $value) }}
{{- if $text }}
{{ $name }}: {{ $text | quote }}
{{- end }}
{{- end }}
{{- end -}}
