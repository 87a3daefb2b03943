{{/* What the Secret has, base64: given, kept from the last release, or made up, once for all that is rendered along. */}}
{{- define "event-system.secretData" -}}
{{- if not (hasKey .Release "secretData") -}}
{{- $kept := (lookup "v1" "Secret" .Release.Namespace (include "event-system.secret" .)).data | default dict -}}
{{- $made := dict "CURSOR_SECRET" (randBytes 32 | b64enc) "WEBHOOK_SECRETS" (printf "whsec_%s" (randBytes 32) | b64enc) -}}
{{- $data := dict -}}
{{- range $name := list "CURSOR_SECRET" "FIELD_KEYS" "SMTP_URL" "WEBHOOK_SECRETS" -}}
{{- with get $.Values.secrets $name | b64enc | default (get $kept $name) | default (get $made $name) -}}
{{- $_ := set $data $name . -}}
{{- end -}}
{{- end -}}
{{- $_ := set .Release "secretData" $data -}}
{{- end -}}
{{- toYaml .Release.secretData -}}
{{- end -}}

{{/*
Changes when a secret does that is given, or that others keep (where rendering sees the cluster); empty where there is none. A keyed
hash, nested as Helm has no HMAC: the key is made of the two secrets that every release has, so that a weak secret cannot be guessed
from it.
*/}}
{{- define "event-system.secretChecksum" -}}
{{- $namespace := .Release.Namespace -}}
{{- $given := dict -}}
{{- range $name, $value := omit .Values.secrets "existingSecret" -}}
{{- with $value }}{{ $_ := set $given $name . }}{{ end -}}
{{- end -}}
{{- range $name := list .Values.secrets.existingSecret .Values.auth.firstKey.secretName -}}
{{- if $name -}}
{{- with (lookup "v1" "Secret" $namespace $name).data }}{{ $_ := set $given $name . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $given -}}
{{- $existing := .Values.secrets.existingSecret -}}
{{- $data := $existing | empty | ternary (include "event-system.secretData" . | fromYaml) (get $given $existing) -}}
{{- if $data -}}
{{- $key := printf "%s.%s" $data.CURSOR_SECRET $data.WEBHOOK_SECRETS | sha256sum -}}
{{- printf "%s%s" $key (printf "%s%s" $key (toJson $given) | sha256sum) | sha256sum -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The secrets that a role uses, and those that it may lack. Takes dict "root" $ "component" <name>. */}}
{{- define "event-system.secretEnv" -}}
{{- $ofRole := dict
  "api" (dict "CURSOR_SECRET" false "FIELD_KEYS" true)
  "worker" (dict "WEBHOOK_SECRETS" false "FIELD_KEYS" true "SMTP_URL" true) -}}
{{- range $name, $optional := get $ofRole .component | default dict }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: { name: {{ include "event-system.secret" $.root }}, key: {{ $name }}, optional: {{ $optional }} } }
{{- end }}
{{- with .root.Values.auth.firstKey }}
{{- if and .secretName (eq $.component "api") }}
- name: FIRST_KEY
  valueFrom: { secretKeyRef: { name: {{ .secretName }}, key: {{ .secretKey }} } }
{{- end }}
{{- end }}
{{- end -}}
