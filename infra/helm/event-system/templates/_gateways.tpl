{{/* What all routes to the service have in common. */}}
{{- define "event-system.istio.route" -}}
route:
  - destination:
      # Of the namespace that this is applied to.
      host: {{ include "event-system.fullname" . }}
      port: { number: 80 }
headers:
  response:
    remove: [x-envoy-upstream-service-time]
    {{- with include "event-system.hsts" .Values.istio.hsts }}
    set: { strict-transport-security: {{ . }} }
    {{- end }}
{{- end -}}

{{- define "event-system.gatewayApi.forward" -}}
filters:
  - type: ResponseHeaderModifier
    responseHeaderModifier:
      remove: [x-envoy-upstream-service-time]
      {{- with include "event-system.hsts" .Values.gatewayApi.hsts }}
      set: [{ name: strict-transport-security, value: {{ . }} }]
      {{- end }}
backendRefs: [{ name: {{ include "event-system.fullname" . }}, port: 80 }]
{{- end -}}

{{/* What selects the gateway's pods must lie in their namespace. */}}
{{- define "event-system.istio.gatewayNamespace" -}}
{{- $existing := splitList "/" .Values.istio.gateway.existing -}}
{{- .Values.istio.gateway.namespace | default (gt (len $existing) 1 | ternary (first $existing) .Release.Namespace) -}}
{{- end -}}

{{/* metadata.namespace of what must lie with the gateway's pods; nothing where that is the release's own, which `kubectl -n` may name. */}}
{{- define "event-system.istio.besideGateway" -}}
{{- $namespace := include "event-system.istio.gatewayNamespace" . -}}
{{- if ne $namespace .Release.Namespace -}}
namespace: {{ $namespace }}
{{- end -}}
{{- end -}}

{{/* NetworkPolicyPeers: the gateway's pods, where values say that they are in another namespace. */}}
{{- define "event-system.gatewayPeers" -}}
{{- $namespaces := list -}}
{{- if .Values.istio.enabled -}}
{{- $namespaces = append $namespaces (include "event-system.istio.gatewayNamespace" .) -}}
{{- else if .Values.gatewayApi.enabled -}}
{{- with .Values.gatewayApi.gateway -}}
{{- $namespaces = append $namespaces .existing.namespace -}}
{{- range .addresses -}}
{{- $namespaces = append $namespaces (regexReplaceAll `^[^.]+\.([^.]+)\.svc(\..*)?$|^.*$` .value "${1}") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range without (uniq (compact $namespaces)) .Release.Namespace }}
- namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ . }} } }
  {{- if $.Values.istio.enabled }}
  podSelector:
    matchLabels:
      {{- include "event-system.istio.selector" $ | nindent 6 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Takes { enabled, maxAgeSeconds }. */}}
{{- define "event-system.hsts" -}}
{{- if .enabled -}}
max-age={{ int .maxAgeSeconds }}
{{- end -}}
{{- end -}}

{{/* A duration of the values in ms. */}}
{{- define "event-system.milliseconds" -}}
{{- $unit := regexFind "(ms|s|m)$" . -}}
{{- mul (trimSuffix $unit . | int) (get (dict "ms" 1 "s" 1000 "m" 60000) $unit) -}}
{{- end -}}

{{/* Not a default in values.yaml: helm would keep it beside another label. */}}
{{- define "event-system.istio.selector" -}}
{{- default (dict "istio" "ingress") .Values.istio.gateway.selector | toYaml }}
{{- end -}}
