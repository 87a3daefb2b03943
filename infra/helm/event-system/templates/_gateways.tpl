{{/* Where a request goes, and what of its headers does not go along. */}}
{{- define "event-system.istio.route" -}}
route:
  - destination:
      host: {{ include "event-system.fullname" . }}.{{ .Release.Namespace }}.svc.cluster.local
      port: { number: 80 }
headers:
  request:
    remove:
      {{- include "event-system.gateway.orders" . | nindent 6 }}
  response:
    remove: [x-envoy-upstream-service-time]
{{- end -}}

{{/* Envoy obeys these when the caller's address is a private one: such a caller could have a POST repeated. */}}
{{- define "event-system.gateway.orders" -}}
- x-envoy-retry-on
- x-envoy-retry-grpc-on
- x-envoy-max-retries
- x-envoy-retriable-status-codes
- x-envoy-retriable-header-names
- x-envoy-hedge-on-per-try-timeout
- x-envoy-upstream-rq-timeout-ms
- x-envoy-upstream-rq-per-try-timeout-ms
{{- end -}}

{{/* What selects the gateway's pods must lie in their namespace. */}}
{{- define "event-system.istio.gatewayNamespace" -}}
{{ default .Release.Namespace .Values.istio.gateway.namespace }}
{{- end -}}

{{- define "event-system.gatewayApi.forward" -}}
filters:
  - type: RequestHeaderModifier
    requestHeaderModifier:
      remove:
        {{- include "event-system.gateway.orders" . | nindent 8 }}
  - type: ResponseHeaderModifier
    responseHeaderModifier: { remove: [x-envoy-upstream-service-time] }
backendRefs: [{ name: {{ include "event-system.fullname" . }}, port: 80 }]
{{- end -}}
