import type { ImageName } from '../images/testbed-images.js'

/** Images to give to `startNodeCluster` for these values. */
export const istioImages: readonly ImageName[] = ['pilot', 'proxyv2']

/** What a namespace carries to get sidecars. */
export const istioMarks = { labels: { 'istio-injection': 'enabled' } }

/**
 * User values per component, by which Istio's own charts run with our images and a stock Envoy. That Envoy lacks the filters
 * istio.stats, istio.metadata_exchange and istio.alpn and would refuse a configuration that names one. So there are no istio_* metrics.
 */
export const istioValues = {
  base: {},
  istiod: {
    global: {
      hub: 'localhost/istio',
      tag: '1.30.3',
      imagePullPolicy: 'IfNotPresent',
      proxy: { resources: { requests: { cpu: '10m', memory: '40Mi' } } },
    },
    telemetry: { enabled: false },
    autoscaleEnabled: false,
    resources: { requests: { cpu: '50m', memory: '256Mi' } },
    env: { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' },
    meshConfig: { accessLogFile: '/dev/stdout', defaultConfig: { holdApplicationUntilProxyStarts: true } },
  },
  gateway: {
    // Nothing gives out load balancer addresses here, and helm would wait for one.
    service: { type: 'ClusterIP' },
    autoscaling: { enabled: false },
    // The chart names the image `auto`, whose default policy would ask a registry.
    imagePullPolicy: 'IfNotPresent',
    resources: { requests: { cpu: '10m', memory: '40Mi' } },
  },
} as const
