{{/*
What tells this release's series from others', as YAML: the labels of what is recorded, the matcher of any release that files/rules
have and the release's own in its place. With CloudWatch the series are of a stage, in one region of one account.
*/}}
{{- define "event-system.series" -}}
{{- $resource := include "event-system.resource" . -}}
{{- if eq .Values.prometheusRule.source "cloudwatch" -}}
{{- $account := include "event-system.account" . -}}
{{- $region := include "event-system.region" . -}}
namespace: {{ printf "%s/%s" $account $region | quote }}
release: {{ $resource | quote }}
# Not the exporter's own series, which are of no account.
any: "job=\"yace\","
own: {{ printf "job=\"yace\",account_id=%q,region=%q," $account $region | quote }}
{{- else -}}
namespace: {{ .Release.Namespace | quote }}
release: {{ .Release.Name | quote }}
any: "job=\"event-system\""
own: {{ printf "job=\"event-system\",namespace=%q,release=%q" .Release.Namespace .Release.Name | quote }}
{{- end }}
resource: {{ $resource | quote }}
{{- end -}}

{{/*
The groups of a file of rules, of this release alone: each query names it, and each series and alert carries it.
Takes dict "root" $ "path" <file>.
*/}}
{{- define "event-system.rules" -}}
{{- $series := include "event-system.series" .root | fromYaml -}}
{{- $labels := pick $series "namespace" "release" -}}
{{- $recorded := printf "${0}{namespace=%q,release=%q}" $series.namespace $series.release -}}
{{- $file := .root.Files.Get .path | fromYaml -}}
{{- range $group := $file.groups -}}
{{- range $rule := $group.rules -}}
{{- $expr := $rule.expr | replace $series.any $series.own | replace "event-notification-service-.+" $series.resource -}}
{{- $expr = regexReplaceAll "event_system:[a-zA-Z0-9_:]+" $expr $recorded | replace "}{" "," -}}
{{- $_ := set $rule "expr" $expr -}}
{{- $_ := set $rule "labels" (merge (dict) $labels (default (dict) $rule.labels)) -}}
{{- with $rule.annotations -}}
{{- $_ := set . "runbook_url" (printf "%s%s" $.root.Values.prometheusRule.runbookUrl (base .runbook_url)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $file -}}
{{- end -}}

{{/* A dashboard that shows this release first. Takes dict "root" $ "path" <file>. */}}
{{- define "event-system.dashboard" -}}
{{- $series := include "event-system.series" .root | fromYaml -}}
{{- $text := .root.Files.Get .path -}}
{{- range $name := list "namespace" "release" -}}
{{- $value := get $series $name -}}
{{- $named := printf "\"name\": %q," $name -}}
{{- $text = $text | replace $named (printf "%s \"current\": {\"text\": %q, \"value\": %q}," $named $value $value) -}}
{{- end -}}
{{- $text -}}
{{- end -}}
