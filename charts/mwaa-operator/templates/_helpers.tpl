{{/* The chart's name, as a label. */}}
{{- define "mwaa-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of all objects: the release's, with the chart's name added where it does not contain it. */}}
{{- define "mwaa-operator.fullname" -}}
{{- $name := include "mwaa-operator.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that never change over the life of a release. */}}
{{- define "mwaa-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mwaa-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "mwaa-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "mwaa-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* The ServiceAccount that the pods use. */}}
{{- define "mwaa-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "mwaa-operator.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.name is required when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* repository:tag, or repository@digest. */}}
{{- define "mwaa-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
The container's env. A name that the user's `env` holds is left to the user: server-side apply refuses a list that holds
the same name twice.
*/}}
{{- define "mwaa-operator.env" -}}
{{- $given := dict -}}
{{- range .Values.env }}{{ $_ := set $given .name true }}{{ end -}}
- name: MWAA_OPERATOR_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: MWAA_OPERATOR_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- $told := dict "MWAA_OPERATOR_GATEWAYS" .Values.gateways.enabled -}}
{{- $_ := set $told "MWAA_OPERATOR_GATEWAY_NAMESPACES" (join "," .Values.gateways.namespaces) -}}
{{- range $key, $value := .Values.settings }}
{{- $_ := set $told (printf "MWAA_OPERATOR_%s" ($key | snakecase | upper)) $value }}
{{- end }}
{{- range $name, $value := $told }}
{{- if not (hasKey $given $name) }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The operator's ServiceAccount as the subject of a binding. */}}
{{- define "mwaa-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "mwaa-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
