import { expect, it } from 'vitest'
import { clusterTest } from '../../cluster/cluster-test.js'
import { helmsByHand } from './helm-by-hand.js'
import type { MeshLife } from './mesh-life.js'

const describeHelm3 = clusterTest('helm3', import.meta.url)

/** A person with helm 3 and one with helm 4 between our installation and our upgrade, and what they see of it afterwards. */
export function upgradedByHand(life: MeshLife): { before(): void; after(): void } {
  const { namespace, from, to, handed, changed, expected, plan, installed, valuesOf } = life
  if (handed === undefined) return { before: () => undefined, after: () => undefined }
  const { release, set } = handed
  const byHand = () => helmsByHand(life.kwok, { release, namespace })

  const before = () =>
    describeHelm3('and in between a person with helm 3, and one with helm 4', () => {
      it('upgrade it by hand, and are seen: by each other, by detection and in the plan of the next upgrade', async () => {
        await byHand().upgrade(`${release}-${from}`, set)
        const rows = [1, 2, 3].map((revision) => `${revision} ${revision < 3 ? 'superseded' : 'deployed'} ${release}-${from}`)
        for (const { by, history, list } of await byHand().told()) expect([by, history, list]).toEqual([by, rows, rows.slice(-1)])
        const [found] = await installed(({ version }) => version === expected(from))
        expect(found).toMatchObject({ namespace, version: expected(from) })
        const made = await plan({ action: 'upgrade', namespace, version: to, components: changed })
        expect(made.state, JSON.stringify(made.findings)).toBe('ready')
        const { valuesBefore } = made.steps.find((step) => step.release !== undefined)?.release ?? {}
        for (const mark of ['helm3: ', 'helm4: ']) expect(valuesBefore).toContain(mark)
      })
    })
  const after = () =>
    describeHelm3('and afterwards both helms', () => {
      it('tell the same of our upgrade, and have kept what was set by hand', async () => {
        for (const { by, history, list } of await byHand().told()) {
          expect([by, list]).toEqual([by, [`4 deployed ${release}-${to}`]])
          expect(history.slice(-2)).toEqual([`3 superseded ${release}-${from}`, `4 deployed ${release}-${to}`])
        }
        expect(await valuesOf(release)).toMatchObject({ controlPlane: { podAnnotations: { helm3: 'yes', helm4: 'yes' } } })
        const pods = await life.kwok.kubectl(['get', 'deployments', `--namespace=${namespace}`, '--output=json'])
        expect(JSON.parse(pods).items[0].spec.template.metadata.annotations).toMatchObject({ helm3: 'yes', helm4: 'yes' })
      })
    })
  return { before, after }
}
