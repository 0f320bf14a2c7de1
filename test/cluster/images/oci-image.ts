import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type TarEntry, tarStream } from './tar-stream.js'

/** What runs in an image, and as whom. */
export interface ImageConfig {
  readonly entrypoint: readonly string[]
  readonly command?: readonly string[]
  readonly user?: string
}

interface Blob {
  readonly digest: string
  readonly size: number
  readonly open: () => AsyncIterable<Buffer>
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }
const epoch = '1970-01-01T00:00:00Z'

/**
 * Writes an OCI image archive of one layer. `reference` is a full name, such as localhost/pause:1.
 * The layer is not compressed: compressing would take longer than everything else together.
 */
export async function writeImage(path: string, reference: string, config: ImageConfig, layer: readonly TarEntry[]): Promise<void> {
  const platform = { architecture: architectures[process.arch] ?? process.arch, os: 'linux' }
  const layerBlob = await blobOf(() => tarStream(layer))
  const configBlob = await jsonBlob({
    ...platform,
    created: epoch,
    config: containerConfig(config),
    rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
    history: [{ created: epoch, created_by: 'meshwright test bed' }],
  })
  const manifestBlob = await jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', configBlob),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layerBlob)],
  })
  const annotations = { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': reference.split(':').at(-1) }
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...descriptor('application/vnd.oci.image.manifest.v1+json', manifestBlob), platform, annotations }],
  }
  await writeAtomically(path, [
    { type: 'text', path: 'oci-layout', mode: 0o644, content: '{"imageLayoutVersion":"1.0.0"}' },
    { type: 'text', path: 'index.json', mode: 0o644, content: JSON.stringify(index) },
    ...[manifestBlob, configBlob, layerBlob].map(blobEntry),
  ])
}

async function writeAtomically(path: string, entries: readonly TarEntry[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const building = `${path}.building-${process.pid}`
  try {
    await pipeline(tarStream(entries), createWriteStream(building))
    await rename(building, path)
  } finally {
    await rm(building, { force: true })
  }
}

function containerConfig({ entrypoint, command, user }: ImageConfig): Record<string, unknown> {
  return {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    WorkingDir: '/',
    Entrypoint: entrypoint,
    Cmd: command,
    User: user,
  }
}

function jsonBlob(value: unknown): Promise<Blob> {
  const bytes = Buffer.from(JSON.stringify(value))
  return blobOf(async function* () {
    yield bytes
  })
}

// A layer is read twice, for its digest and for the archive, and never held in memory.
async function blobOf(open: () => AsyncIterable<Buffer>): Promise<Blob> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of open()) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size, open }
}

function descriptor(mediaType: string, { digest, size }: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest, size }
}

function blobEntry({ digest, size, open }: Blob): TarEntry {
  return { type: 'stream', path: `blobs/${digest.replace(':', '/')}`, size, open }
}
