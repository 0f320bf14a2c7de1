import { BlockList, isIP, isIPv6 } from 'node:net'
import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check } from '../../runtime/checks/check.js'
import { nameOf } from '../../runtime/manifests.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { someNames } from '../../runtime/some-names.js'
import { readControlPlaneValues, withoutValues } from './control-plane-values.js'

// linkerd2: pkg/healthcheck, l5d-cluster-networks-cidr, -pods and -services.

const Networked = z.looseObject({
  spec: z
    .looseObject({
      podCIDRs: z.array(z.string()).optional(),
      clusterIPs: z.array(z.string()).optional(),
      hostNetwork: z.boolean().default(false),
    })
    .prefault({}),
  status: z.looseObject({ phase: z.string().default(''), podIPs: z.array(z.object({ ip: z.string() })).optional() }).prefault({}),
})

/** Proxies ask the control plane about addresses in `clusterNetworks` only; what is outside is taken for the internet. */
export const clusterNetworks: Check = {
  code: 'cluster-networks',
  holds: 'Every node, pod and service has an address in the networks that the proxies know.',
  question: 'the networks that the proxies know hold all addresses',
  needsRunning: true,
  find: async (scene) => {
    const values = await readControlPlaneValues(scene)
    if (values === undefined) return [withoutValues('Whether the networks that the proxies know hold all addresses')]
    const { networks, broken } = readNetworks(values.clusterNetworks)
    if (broken.length > 0) return [noNetworks(broken)]
    const isOutside = (object: KubeObject) => addressesOf(object).some((address) => !holds(networks, address))
    const outside: KubeObject[] = []
    for (const kind of ['Node', 'Pod', 'Service'])
      for await (const objects of scene.session.pages({ apiVersion: 'v1', kind })) outside.push(...objects.filter(isOutside))
    return outside.length === 0 ? [] : [notInNetworks(outside, values.clusterNetworks)]
  },
}

/** Of a node the networks of its pods, of a pod its own addresses, of a service those that the cluster gave it. */
function addressesOf(object: KubeObject): string[] {
  const { spec, status } = Networked.parse(object)
  const isOver = spec.hostNetwork || ['Succeeded', 'Failed'].includes(status.phase)
  const ofPod = isOver ? [] : (status.podIPs ?? []).map(({ ip }) => ip)
  const ofService = (spec.clusterIPs ?? []).filter((address) => address !== 'None')
  return [...(spec.podCIDRs ?? []).map((network) => network.split('/')[0] ?? ''), ...ofPod, ...ofService]
}

/** `10.0.0.0/8,fd00::/8`, and what of it is no network. */
function readNetworks(text: string): { networks: BlockList; broken: string[] } {
  const networks = new BlockList()
  const broken: string[] = []
  for (const network of text.split(',').map((part) => part.trim())) {
    const [address = '', bits = ''] = network.split('/')
    const family = familyOf(address)
    const isNetwork = isIP(address) > 0 && /^\d+$/.test(bits) && Number(bits) <= (family === 'ipv6' ? 128 : 32)
    if (isNetwork) networks.addSubnet(address, Number(bits), family)
    else broken.push(network)
  }
  return { networks, broken }
}

function noNetworks(broken: readonly string[]): Finding {
  return errorFinding({
    code: 'cluster-networks-unreadable',
    message: `The value clusterNetworks holds what is no network: ${someNames(broken.map((text) => `"${text}"`))}.`,
    cause: 'It is a list of networks with commas between them, such as 10.0.0.0/8,fd00::/8.',
    remedy: 'Correct the value, upgrade, then restart the members.',
  })
}

function holds(networks: BlockList, address: string): boolean {
  return networks.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

function notInNetworks(objects: readonly KubeObject[], networks: string): Finding {
  const names = objects.map((object) => `${nameOf(object)} (${addressesOf(object).join(', ')})`)
  return errorFinding({
    code: 'not-in-cluster-networks',
    message: `Proxies do not know the addresses of ${someNames(names, 3)}.`,
    cause: `The value clusterNetworks is ${networks}: calls to other addresses leave the mesh, without mTLS.`,
    remedy: 'Add the missing network to clusterNetworks, upgrade, then restart the members.',
  })
}
