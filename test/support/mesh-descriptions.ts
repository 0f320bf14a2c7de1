import { consulAdapter } from '../../adapters/consul/consul-adapter.js'
import { istioAdapter } from '../../adapters/istio/istio-adapter.js'
import { kumaAdapter } from '../../adapters/kuma/kuma-adapter.js'
import { linkerdAdapter } from '../../adapters/linkerd/linkerd-adapter.js'
import { osmAdapter } from '../../adapters/osm/osm-adapter.js'
import { describeInfo } from '../../adapters/runtime/describe-adapter.js'

/** Every mesh that there is an adapter for, in the order in which the server lists them. */
export const meshAdapters = [consulAdapter, istioAdapter, kumaAdapter, linkerdAdapter, osmAdapter]

/** What the server knows of each, as their processes describe themselves. */
export const meshDescriptions = meshAdapters.map((adapter) => ({
  mesh: adapter.catalog.mesh,
  info: describeInfo(adapter, { version: 'test', incarnation: '' }),
}))
