import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { startApiCluster } from '../cluster/api-cluster.js'
import { readBuildTimes } from '../cluster/binaries/build-times.js'
import { testbedCache } from '../cluster/binaries/testbed-cache.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { withMesh } from '../cluster/meshes/with-mesh.js'
import { startNodeCluster } from '../cluster/node-cluster.js'
import { pidNamespace, pidsMentioning, processesInNamespace, programOf, withDescendants } from '../cluster/support/host-processes.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { proportionalMiB, residentMiB } from '../support/process-memory.js'
import { childrenNamed } from '../support/processes.js'
import { timed } from './figures.js'

/** Proportional MiB, what processes share being counted once. */
export type Memory = readonly (readonly [program: string, mb: number])[]

export interface BuildSeconds {
  /** Per tool, of the last build into the machine's own cache, in build order. */
  readonly last: Readonly<Record<string, number>>
  /** Per tool, into an empty cache, with Go's own caches filled. */
  readonly warm: Readonly<Record<string, number>>
  /** Of the whole command when there is nothing to build. */
  readonly nothingToDo: number
}

/** Builds the whole test bed once more, beside the cache that tests use, and then finds nothing to build. */
export async function measureBuild(): Promise<BuildSeconds> {
  const cache = await mkdtemp(join(testbedCache(), 'bench-'))
  const build = () => execa('npm', ['run', 'testbed:build', '--', '--all'], { env: { MESHWRIGHT_TESTBED_CACHE: cache } })
  try {
    await build()
    const warm = readBuildTimes(cache)
    return { last: readBuildTimes(), warm, nothingToDo: (await timed(build)) / 1000 }
  } finally {
    await rm(cache, { recursive: true })
  }
}

export interface LevelSamples {
  readonly startMs: number[]
  readonly stopMs: number[]
  /** Of the last start, largest first. */
  memory: Memory
}

/** Starts and stops each level in turn, so that all meet the same noise. */
export async function measureLevels(rounds: number): Promise<ReadonlyMap<string, LevelSamples>> {
  const levels = {
    api: { start: startApiCluster, pids: pidsOnHost },
    kwok: { start: startKwokCluster, pids: pidsOnHost },
    node: { start: startNodeCluster, pids: pidsOnNode },
  }
  const samples = new Map(Object.keys(levels).map((level): [string, LevelSamples] => [level, { startMs: [], stopMs: [], memory: [] }]))
  for (let round = 0; round < rounds; round++) {
    for (const [level, { start, pids }] of Object.entries(levels)) {
      const from = performance.now()
      const cluster = await start()
      samples.get(level)?.startMs.push(performance.now() - from)
      Object.assign(samples.get(level) ?? {}, { memory: memoryOf(pids(cluster)) })
      samples.get(level)?.stopMs.push(await timed(cluster.stop))
    }
  }
  return samples
}

export interface BedFigures {
  /** From nothing to a mesh with an application in it. */
  readonly wholeMs: number
  readonly installMs: number
  /** Of Kubernetes on the node and of what runs in its pods. */
  readonly memory: Memory
  /** Resident MiB of Meshwright's own processes that know the cluster. */
  readonly serverMiB: number
  readonly adaptersMiB: readonly number[]
}

/** A whole bed with a mesh, once. */
export async function measureBed(mesh: 'istio' | 'osm' | 'kuma'): Promise<BedFigures> {
  const from = performance.now()
  await using bed = await withMesh(mesh)
  const wholeMs = performance.now() - from
  const { node, server, installMs } = bed
  const adapters = await childrenNamed(server.pid, 'node')
  return {
    wholeMs,
    installMs,
    memory: memoryOf(pidsOnNode(node)),
    serverMiB: residentMiB(server.pid),
    adaptersMiB: adapters.map(residentMiB),
  }
}

function memoryOf(pids: readonly number[]): Memory {
  const byProgram = new Map<string, number>()
  for (const pid of pids) {
    const [program, mib] = [programOf(pid), proportionalMiB(pid)]
    if (mib !== undefined) byProgram.set(program, (byProgram.get(program) ?? 0) + mib)
  }
  return [...byProgram].sort(([, one], [, other]) => other - one)
}

function pidsOnHost({ kubeconfig }: TestCluster): number[] {
  return pidsMentioning(dirname(kubeconfig))
}

function pidsOnNode(cluster: TestCluster): number[] {
  return withDescendants(processesInNamespace(pidNamespace(cluster.pidOf('kubelet')) ?? ''))
}
