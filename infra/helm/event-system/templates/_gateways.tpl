{{/* What all routes to the service have in common. */}}
{{- define "event-system.istio.route" -}}
route:
  - destination:
      host: {{ include "event-system.fullname" . }}.{{ .Release.Namespace }}.svc.cluster.local
      port: { number: 80 }
headers: { response: { remove: [x-envoy-upstream-service-time] } }
{{- end -}}

{{- define "event-system.gatewayApi.forward" -}}
filters:
  - type: ResponseHeaderModifier
    responseHeaderModifier: { remove: [x-envoy-upstream-service-time] }
backendRefs: [{ name: {{ include "event-system.fullname" . }}, port: 80 }]
{{- end -}}

{{/* What selects the gateway's pods must lie in their namespace. */}}
{{- define "event-system.istio.gatewayNamespace" -}}
{{ default .Release.Namespace .Values.istio.gateway.namespace }}
{{- end -}}

{{/* Not a default in values.yaml: helm would keep it beside another label. */}}
{{- define "event-system.istio.selector" -}}
{{- default (dict "istio" "ingress") .Values.istio.gateway.selector | toYaml }}
{{- end -}}
