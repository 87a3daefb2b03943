{{/* Rules between the values of the two gateways, one line each. */}}
{{- define "event-system.gatewayProblems" -}}
{{- if and .Values.istio.enabled .Values.gatewayApi.enabled }}
gatewayApi.enabled: must not be true together with istio.enabled: each publishes the same API
{{- end }}
{{- range $kind := list "istio" "gatewayApi" }}
{{- $values := get $.Values $kind }}
{{- if $values.enabled }}
{{- if not $values.host }}
{{ $kind }}.host: is required when {{ $kind }}.enabled is true
{{- end }}
{{- if and (not $values.gateway.enabled) (not $values.gateway.existing) }}
{{ $kind }}.gateway.existing: is required when {{ $kind }}.gateway.enabled is false
{{- end }}
{{- if and $values.gateway.enabled $values.gateway.existing }}
{{ $kind }}.gateway.existing: must be empty when {{ $kind }}.gateway.enabled is true, which makes one
{{- end }}
{{- range $name, $ms := dict "default" 10000 "endpointActions" 25000 }}
{{- $value := get $values.timeouts $name }}
{{- if le (include "event-system.milliseconds" $value | int) $ms }}
{{ $kind }}.timeouts.{{ $name }}: must be more than {{ div $ms 1000 }}s, the service's own, so that its answer comes first (it is {{ $value }}); e.g. {{ add (div $ms 1000) 5 }}s
{{- end }}
{{- end }}
{{- if eq (int $values.gateway.httpPort) (int $values.gateway.httpsPort) }}
{{ $kind }}.gateway.httpPort: must not be httpsPort ({{ $values.gateway.httpPort }})
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.istio }}
{{- $try := include "event-system.milliseconds" .retries.perTryTimeout | int }}
{{- if le $try 3000 }}
istio.retries.perTryTimeout: must be more than 3s, which one call to AWS may take (it is {{ .retries.perTryTimeout }}); e.g. 5s
{{- end }}
{{- if and .retries.attempts (ge $try (include "event-system.milliseconds" .timeouts.default | int)) }}
istio.retries.perTryTimeout: must be less than istio.timeouts.default, or no try is left ({{ .retries.perTryTimeout }} of {{ .timeouts.default }})
{{- end }}
{{- if and .enabled .tokens.enabled (ne $.Values.auth.mode "jwt") }}
istio.tokens.enabled: must not be true but with auth.mode jwt: the gateway would refuse every API key as a malformed token
{{- end }}
{{- if and .tokens.jwks (not (hasKey (fromJson .tokens.jwks) "keys")) }}
istio.tokens.jwks: must be a JSON Web Key Set, {"keys": [...]}
{{- end }}
{{- if lt (int .rateLimit.burst) (int .rateLimit.requestsPerSecond) }}
istio.rateLimit.burst: must not be less than requestsPerSecond ({{ .rateLimit.burst }} of {{ .rateLimit.requestsPerSecond }})
{{- end }}
{{- end }}
{{- end -}}
