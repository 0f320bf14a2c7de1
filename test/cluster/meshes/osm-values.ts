import { type ImageName, testbedImages } from '../images/testbed-images.js'

export const osmImages: readonly ImageName[] = [
  'osm-controller',
  'osm-injector',
  'osm-preinstall',
  'osm-healthcheck',
  'osm-bootstrap',
  'osm-crds',
  'osm-init',
  'osm-curl',
  'envoy',
]

/** What a namespace carries to be watched by the mesh called `osm` and to get sidecars. */
export const osmMarks = {
  labels: { 'openservicemesh.io/monitored-by': 'osm' },
  annotations: { 'openservicemesh.io/sidecar-injection': 'enabled' },
}

const small = { requests: { cpu: '50m', memory: '64M' }, limits: { cpu: '1', memory: '256M' } }

/** User values by which the chart runs with our images. The module holds a text in place of stats.wasm, so there are no WASM statistics. */
export const osmValues = {
  osm: {
    // A tag switches the digests off.
    image: { registry: 'localhost/osm', tag: 'v1.2.4', pullPolicy: 'IfNotPresent' },
    sidecarImage: testbedImages.envoy.reference,
    curlImage: testbedImages['osm-curl'].reference,
    enablePermissiveTrafficPolicy: false,
    enableEgress: false,
    enforceSingleMesh: true,
    featureFlags: { enableWASMStats: false },
    osmController: { resource: { requests: { cpu: '50m', memory: '64M' }, limits: { cpu: '1.5', memory: '1G' } } },
    injector: { resource: small },
    osmBootstrap: { resource: small },
  },
} as const
