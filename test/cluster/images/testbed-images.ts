import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { envoyPath, envoyVersion } from '../binaries/fetch-envoy.js'
import { testbedCache } from '../binaries/testbed-cache.js'
import { toolPath } from '../binaries/tool-path.js'
import { directory, file, folder, type LayerPart, layerOf, program } from './image-layer.js'
import { iptables, istioBootstrap, userland } from './image-parts.js'
import { meshwright } from './meshwright-image.js'
import { type ImageConfig, writeImage } from './oci-image.js'
import type { TarEntry } from './tar-stream.js'

interface TestbedImage extends ImageConfig {
  /** As pods name it. */
  readonly reference: string
  readonly parts: () => Promise<LayerPart[]>
}

const certificates = '/etc/ssl/certs/ca-certificates.crt'

/** Every image of the test bed, made from files of this machine only. */
export const testbedImages = {
  pause: {
    reference: 'localhost/pause:1',
    entrypoint: ['/pause'],
    parts: async () => [file(toolPath('pause'), '/pause')],
  },
  coredns: {
    reference: 'localhost/coredns:1.15.0',
    entrypoint: ['/coredns'],
    parts: async () => [file(toolPath('coredns'), '/coredns')],
  },
  echo: {
    reference: 'localhost/echo:1',
    entrypoint: ['/echo'],
    command: ['serve'],
    parts: async () => [...(await userland()), file(toolPath('echo'), '/echo')],
  },
  pilot: {
    reference: 'localhost/istio/pilot:1.30.3',
    entrypoint: ['/usr/local/bin/pilot-discovery'],
    user: '1337:1337',
    parts: async () => [...(await userland()), ...istioBootstrap(), file(toolPath('pilot-discovery'), '/usr/local/bin/pilot-discovery')],
  },
  proxyv2: {
    reference: 'localhost/istio/proxyv2:1.30.3',
    entrypoint: ['/usr/local/bin/pilot-agent'],
    parts: async () => [
      ...(await userland()),
      ...istioBootstrap(),
      ...iptables(),
      file(toolPath('pilot-agent'), '/usr/local/bin/pilot-agent'),
      program(envoyPath(), '/usr/local/bin/envoy'),
    ],
  },
  'osm-controller': osmImage('controller'),
  'osm-injector': osmImage('injector'),
  'osm-preinstall': osmImage('preinstall'),
  'osm-healthcheck': osmImage('healthcheck'),
  'osm-bootstrap': osmImage('bootstrap', async () => [folder(toolPath('osm-crds'), '/osm-crds')]),
  'osm-crds': {
    reference: 'localhost/osm/osm-crds:v1.2.4',
    entrypoint: [],
    parts: async () => [...(await userland()), file(toolPath('kubectl'), '/bin/kubectl'), folder(toolPath('osm-crds'), '/osm-crds')],
  },
  'osm-init': {
    reference: 'localhost/osm/init:v1.2.4',
    entrypoint: [],
    parts: async () => [...(await userland()), ...iptables()],
  },
  'osm-curl': { reference: 'localhost/osm/curl:v1.2.4', entrypoint: [], parts: userland },
  envoy: {
    reference: `localhost/envoy:${envoyVersion()}`,
    entrypoint: [],
    parts: async () => [...(await userland()), program(envoyPath(), '/usr/local/bin/envoy'), file(certificates, certificates, 0o644)],
  },
  'kuma-cp': {
    reference: 'localhost/kuma/kuma-cp:1.8.1',
    entrypoint: ['kuma-cp'],
    user: '6789:6789',
    parts: async () => [
      ...(await userland()),
      file(toolPath('kuma-cp'), '/usr/bin/kuma-cp'),
      file(toolPath('kuma-cp.defaults.yaml'), '/etc/kuma/kuma-cp.defaults.yaml', 0o644),
    ],
  },
  'kuma-dp': {
    reference: 'localhost/kuma/kuma-dp:1.8.1',
    entrypoint: ['kuma-dp'],
    user: '65534:65534',
    parts: async () => [
      ...(await userland()),
      file(toolPath('kuma-dp'), '/usr/bin/kuma-dp'),
      program(envoyPath(), '/usr/bin/envoy'),
      file(toolPath('coredns'), '/usr/bin/coredns'),
    ],
  },
  'kuma-init': {
    reference: 'localhost/kuma/kuma-init:1.8.1',
    entrypoint: ['/usr/bin/kumactl', 'install', 'transparent-proxy'],
    parts: async () => [...(await userland()), ...iptables(), file(toolPath('kumactl'), '/usr/bin/kumactl')],
  },
  kumactl: {
    reference: 'localhost/kuma/kumactl:1.8.1',
    entrypoint: [],
    parts: async () => [...(await userland()), file(toolPath('kumactl'), '/usr/bin/kumactl')],
  },
  kubectl: {
    reference: 'localhost/kubectl:1.36.3',
    entrypoint: [],
    parts: async () => [...(await userland()), file(toolPath('kubectl'), '/usr/bin/kubectl')],
  },
  // What runs the sample application, in place of the stock image of that name.
  node: {
    reference: 'localhost/node:1',
    entrypoint: ['/usr/local/bin/node'],
    parts: async () => [program(process.execPath, '/usr/local/bin/node')],
  },
  meshwright: {
    reference: 'localhost/meshwright:1',
    entrypoint: ['/usr/local/bin/node', '/opt/meshwright/dist/server/main.js'],
    user: '65532:65532',
    parts: meshwright,
  },
} as const satisfies Readonly<Record<string, TestbedImage>>

export type ImageName = keyof typeof testbedImages

// A folder for temporary files is all that these static binaries need beside themselves.
function osmImage(part: string, more: () => Promise<LayerPart[]> = async () => []): TestbedImage {
  const name = `osm-${part}`
  return {
    reference: `localhost/osm/${name}:v1.2.4`,
    entrypoint: [],
    parts: async () => [file(toolPath(name), `/${name}`), directory('/tmp', 0o1777), ...(await more())],
  }
}

/** Path of the image's archive in the cache; writes it when it or a file in it is new (under a second each). */
export async function imageArchive(name: ImageName): Promise<string> {
  const { reference, parts, ...config }: TestbedImage = testbedImages[name]
  const layer = await layerOf(await parts())
  const path = join(testbedCache(), 'images', `${name}-${await fingerprint([reference, config], layer)}.tar`)
  if (!existsSync(path)) await writeImage(path, reference, config, layer)
  return path
}

// A host file counts as the same while its size and time are.
async function fingerprint(config: unknown, layer: readonly TarEntry[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(config))
  for (const entry of layer) {
    hash.update(JSON.stringify(entry))
    if (entry.type !== 'file') continue
    const { size, mtimeMs } = await stat(entry.from)
    hash.update(`${size} ${mtimeMs}`)
  }
  return hash.digest('hex').slice(0, 16)
}
