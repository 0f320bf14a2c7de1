import { execa } from 'execa'

/** Addresses of one test node; no two nodes on a machine share any. */
export interface NodeNetwork {
  /** Name of the host's end of the link to the node. */
  readonly link: string
  readonly hostIp: string
  /** The node's address, which the API server has too; the host reaches it, pods and Services. */
  readonly nodeIp: string
  readonly podCidr: string
  readonly serviceCidr: string
  readonly apiServiceIp: string
  readonly dnsIp: string
}

const slots = 16

/** Links the host with the network namespace of a process; the kernel's refusal of a taken link name is the lock on a slot. */
export async function connectNode(holderPid: number): Promise<NodeNetwork> {
  for (let slot = 0; slot < slots; slot++) {
    const network = networkOf(slot)
    if (await overlapsRoute(network)) continue
    const claim = await execa('ip', ['link', 'add', network.link, 'type', 'veth', 'peer', 'name', 'node0', 'netns', `${holderPid}`], {
      reject: false,
    })
    if (claim.exitCode === 0) {
      await addRoutes(network, holderPid)
      return network
    }
    if (!/File exists/.test(claim.stderr)) throw new Error(`cannot link the node: ${claim.stderr}`)
  }
  throw new Error(`all ${slots} networks for test nodes are taken on this machine`)
}

/** The command that removes the link, and with it the routes; for while the node still lives, so that the name is certainly its own. */
export function disconnectCommand({ link }: NodeNetwork): string[] {
  return ['ip', 'link', 'delete', link]
}

function networkOf(slot: number): NodeNetwork {
  const services = `10.96.${slot * 16}`
  return {
    link: `mw-testbed-${slot}`,
    hostIp: `10.245.${slot}.2`,
    nodeIp: `10.245.${slot}.1`,
    podCidr: `10.244.${slot}.0/24`,
    serviceCidr: `${services}.0/20`,
    apiServiceIp: `${services}.1`,
    dnsIp: `${services}.10`,
  }
}

// The machine may itself be in such a network, or a node's network may not be gone yet.
async function overlapsRoute(network: NodeNetwork): Promise<boolean> {
  const { stdout } = await execa('ip', ['-4', 'route', 'show', 'table', 'all'])
  const destinations = [...stdout.matchAll(/\b\d+\.\d+\.\d+\.\d+(?:\/\d+)?/g)].map(([text]) => text)
  const ours = [`${network.nodeIp}/30`, network.podCidr, network.serviceCidr]
  return destinations.some((destination) => ours.some((cidr) => overlap(destination, cidr)))
}

function overlap(a: string, b: string): boolean {
  const [first, second] = [range(a), range(b)]
  return first.start <= second.end && second.start <= first.end
}

function range(cidr: string): { start: number; end: number } {
  const [address = '', length = '32'] = cidr.split('/')
  const size = 2 ** (32 - Number(length))
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const start = value - (value % size)
  return { start, end: start + size - 1 }
}

async function addRoutes({ link, hostIp, nodeIp, podCidr, serviceCidr }: NodeNetwork, holderPid: number): Promise<void> {
  const inside = ['-t', `${holderPid}`, '-n', '--', 'ip', '-batch', '-']
  await Promise.all([
    execa('ip', ['-batch', '-'], { input: lines(`addr add ${hostIp}/30 dev ${link}`, `link set ${link} up`) }),
    // Any route to Services will do, so that node processes can dial them (the API server its webhooks): kube-proxy redirects from there.
    // Nothing can leave the machine, and it fails at once.
    execa('nsenter', inside, {
      input: lines(
        `addr add ${nodeIp}/30 dev node0`,
        'link set node0 up',
        `route add ${serviceCidr} via ${hostIp}`,
        'route add unreachable default',
      ),
    }),
  ])
  await execa('ip', ['-batch', '-'], { input: lines(`route add ${podCidr} via ${nodeIp}`, `route add ${serviceCidr} via ${nodeIp}`) })
}

function lines(...commands: string[]): string {
  return `${commands.join('\n')}\n`
}
