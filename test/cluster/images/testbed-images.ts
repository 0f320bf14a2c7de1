import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { envoyPath } from '../binaries/fetch-envoy.js'
import { testbedCache } from '../binaries/testbed-cache.js'
import { toolPath } from '../binaries/tool-path.js'
import { directory, file, folder, type LayerPart, layerOf, link, program, text } from './image-layer.js'
import { type ImageConfig, writeImage } from './oci-image.js'
import type { TarEntry } from './tar-stream.js'

interface TestbedImage extends ImageConfig {
  /** As pods name it. */
  readonly reference: string
  readonly parts: () => Promise<LayerPart[]>
}

export type ImageName = 'pause' | 'coredns' | 'echo' | 'pilot' | 'proxyv2'

/** Every image of the test bed, made from files of this machine only. */
export const testbedImages: Readonly<Record<ImageName, TestbedImage>> = {
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
    parts: async () => [...(await userland()), ...envoyBootstrap(), file(toolPath('pilot-discovery'), '/usr/local/bin/pilot-discovery')],
  },
  proxyv2: {
    reference: 'localhost/istio/proxyv2:1.30.3',
    entrypoint: ['/usr/local/bin/pilot-agent'],
    parts: async () => [
      ...(await userland()),
      ...envoyBootstrap(),
      ...iptables(),
      file(toolPath('pilot-agent'), '/usr/local/bin/pilot-agent'),
      program(envoyPath(), '/usr/local/bin/envoy'),
    ],
  },
}

/** Path of the image's archive in the cache; writes it when it or a file in it is new (under a second each). */
export async function imageArchive(name: ImageName): Promise<string> {
  const { reference, parts, ...config } = testbedImages[name]
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

// Debian's busybox is static glibc: its resolver loads the shared libc and crashes without it, so curl brings that along.
async function userland(): Promise<LayerPart[]> {
  const { stdout } = await execa('/bin/busybox', ['--list'])
  const applets = stdout.split('\n').filter((name) => name !== 'busybox')
  return [
    file('/bin/busybox', '/bin/busybox'),
    ...applets.map((name) => link(`/bin/${name}`, '/bin/busybox')),
    link('/usr/bin/env', '/bin/busybox'),
    program('/usr/bin/curl'),
    program('/usr/bin/getent'),
    directory('/tmp', 0o1777),
    directory('/var/run'),
    directory('/run'),
    directory('/root', 0o700),
    text('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nistio-proxy:x:1337:1337::/:/bin/sh\n'),
    text('/etc/group', 'root:x:0:\n'),
    text('/etc/nsswitch.conf', 'hosts: files dns\n'),
  ]
}

// Both variants, because istio-init picks one by what it finds.
function iptables(): LayerPart[] {
  const variants = ['nft', 'legacy']
  const commands = ['iptables', 'ip6tables'].flatMap((base) => ['', '-save', '-restore'].map((verb) => [base, verb] as const))
  const links = commands.flatMap(([base, verb]) => [
    ...variants.map((variant) => link(`/usr/sbin/${base}-${variant}${verb}`, `xtables-${variant}-multi`)),
    link(`/usr/sbin/${base}${verb}`, 'xtables-nft-multi'),
    link(`/sbin/${base}${verb}`, '/usr/sbin/xtables-nft-multi'),
  ])
  const programs = [...variants.map((variant) => `/usr/sbin/xtables-${variant}-multi`), '/usr/sbin/nft', '/bin/ip']
  return [...programs.map((path) => program(path)), folder(xtablesFolder()), ...links]
}

function xtablesFolder(): string {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  return `/usr/lib/${machine}-linux-gnu/xtables`
}

function envoyBootstrap(): LayerPart[] {
  return [
    file(toolPath('envoy_bootstrap.json'), '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json', 0o644),
    file('/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt', 0o644),
  ]
}
