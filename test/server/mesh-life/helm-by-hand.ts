import { join } from 'node:path'
import { toolPath } from '../../cluster/binaries/tool-path.js'
import { runCommand } from '../../cluster/run-command.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { findShared } from '../../support/missing-tool.js'

/** Both helms as a person has them beside Meshwright, on one release. */
export interface HelmsByHand {
  /** `helm upgrade --reuse-values` with the chart of this version, first by helm 3, then by helm 4; each leaves `set` with its name as the key. */
  upgrade(chart: string, set: string): Promise<void>
  /** What each helm tells: `1 superseded kuma-2.13.10` per revision, and the list's own row. */
  told(): Promise<{ by: 'helm3' | 'helm4'; history: string[]; list: string[] }[]>
}

export function helmsByHand(cluster: TestCluster, { release, namespace }: { release: string; namespace: string }): HelmsByHand {
  const helms = [
    [
      'helm3',
      (argv: string[]) =>
        runCommand([toolPath('helm3'), ...argv], { KUBECONFIG: cluster.kubeconfig, HOME: join(cluster.logs, 'helm3') }, slow),
    ],
    ['helm4', (argv: string[]) => cluster.helm(argv, slow)],
  ] as const
  const of = [`--namespace=${namespace}`]
  return {
    upgrade: async (chart, set) => {
      const file = join(findShared() ?? '', 'charts', `${chart}.tgz`)
      for (const [by, helm] of helms)
        await helm(['upgrade', release, file, ...of, '--reuse-values', `--set-string=${set}.${by}=yes`, '--wait', '--timeout=90s'])
    },
    told: () =>
      Promise.all(
        helms.map(async ([by, helm]) => {
          const history: Row[] = JSON.parse(await helm(['history', release, ...of, '--output=json']))
          const list: Row[] = JSON.parse(await helm(['list', ...of, '--output=json']))
          return { by, history: history.map(rowText), list: list.map(rowText) }
        }),
      ),
  }
}

const slow = { timeoutMs: 100_000 }

interface Row {
  revision: number | string
  status: string
  chart: string
}

function rowText({ revision, status, chart }: Row): string {
  return `${revision} ${status} ${chart}`
}
