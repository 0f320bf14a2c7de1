/** A control plane as Istio's chart makes it, in what detection looks at. */
export const istiodYaml = `
apiVersion: v1
kind: Namespace
metadata: { name: istio-system }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istiod
  namespace: istio-system
  labels: { app: istiod, app.kubernetes.io/managed-by: Helm, app.kubernetes.io/version: 1.30.3 }
  annotations: { meta.helm.sh/release-name: istiod, meta.helm.sh/release-namespace: istio-system }
spec:
  replicas: 1
  selector: { matchLabels: { app: istiod } }
  template:
    metadata: { labels: { app: istiod, istio.io/rev: default, sidecar.istio.io/inject: "false" } }
    spec:
      containers: [{ name: discovery, image: "registry.example:5000/istio/pilot:1.30.3-distroless" }]
`

/** A pod of an application, with or without a sidecar of this version. */
export function appPodYaml(name: string, { sidecar }: { sidecar?: string } = {}): string {
  const proxy = sidecar === undefined ? '' : `, { name: istio-proxy, image: "docker.io/istio/proxyv2:${sidecar}" }`
  const status = sidecar === undefined ? '' : ', annotations: { sidecar.istio.io/status: "{}" }'
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}${status} }
spec: { containers: [{ name: app, image: app:1 }${proxy}] }
`
}

/** What a kubelet would report of a pod that runs well. */
export function podReadyPatch(container: string): string {
  const state = { name: container, image: 'x', imageID: 'x', ready: true, restartCount: 0, started: true, state: { running: {} } }
  const conditions = [{ type: 'Ready', status: 'True' }]
  return JSON.stringify({ status: { phase: 'Running', conditions, containerStatuses: [state], startTime: '2026-01-01T00:00:00Z' } })
}
