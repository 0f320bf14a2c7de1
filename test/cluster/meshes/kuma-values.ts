import type { ImageName } from '../images/testbed-images.js'

export const kumaImages: readonly ImageName[] = ['kuma-cp', 'kuma-dp', 'kuma-init', 'kumactl', 'kubectl']

/** What a namespace carries to get sidecars. */
export const kumaMarks = { labels: { 'kuma.io/sidecar-injection': 'enabled' } }

/** User values by which the chart of 1.8.1 runs with our images. Its DNS server needs a CoreDNS plug-in that stock CoreDNS lacks. */
export const kumaValues = {
  global: { image: { registry: 'localhost/kuma', tag: '1.8.1' } },
  controlPlane: { envVars: { KUMA_RUNTIME_KUBERNETES_INJECTOR_BUILTIN_DNS_ENABLED: 'false' } },
  kubectl: { image: { registry: 'localhost', repository: 'kubectl', tag: '1.36.3' } },
} as const
