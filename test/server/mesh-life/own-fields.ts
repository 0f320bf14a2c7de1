import { expect } from 'vitest'
import type { TestCluster } from '../../cluster/test-cluster.js'
import type { OwnedByOthers } from './mesh-lifecycles.js'

/** Fields of a mesh's objects come to be owned by an autoscaler, a platform and a person; what an upgrade is to make of it. */
export function ownFields(cluster: TestCluster, namespace: string, { release, scaled, gateway, webhooks }: OwnedByOthers) {
  const place = (name: string) => `--namespace=${name === gateway ? gateway : namespace}`
  const get = async (kind: string, name: string) => JSON.parse(await cluster.kubectl(['get', kind, name, place(name), '--output=json']))
  const patch = (kind: string, name: string, body: unknown, ...flags: string[]) =>
    cluster.kubectl(['patch', kind, name, place(name), `--patch=${JSON.stringify(body)}`, ...flags])
  const replicas = async (name: string): Promise<number> => (await get('deployment', name)).spec.replicas
  const setSurge = (value: unknown) => {
    const change = { op: 'replace', path: '/spec/strategy/rollingUpdate/maxSurge', value }
    return patch('deployment', scaled, [change], '--type=json', '--field-manager=kubectl-edit')
  }
  const selector = { matchExpressions: [{ key: 'control-plane', operator: 'DoesNotExist' }] }

  return {
    /** Both are scaled as an autoscaler does it, which takes 15 seconds to begin; only one has an autoscaler still. */
    own: async () => {
      await cluster.kubectl(['autoscale', 'deployment', scaled, `--namespace=${namespace}`, '--min=2', '--max=4'])
      for (const name of [scaled, gateway])
        await patch('deployment', name, { spec: { replicas: 2 } }, '--subresource=scale', '--field-manager=kube-controller-manager')
      const { webhooks: all }: { webhooks: unknown[] } = await get('mutatingwebhookconfiguration', webhooks)
      const changes = all.map((_webhook, index) => ({ op: 'add', path: `/webhooks/${index}/namespaceSelector`, value: selector }))
      await patch('mutatingwebhookconfiguration', webhooks, changes, '--type=json', '--field-manager=admissionsenforcer')
    },
    /** Answers how the person comes to agree with the chart. */
    edit: async () => {
      const { maxSurge } = (await get('deployment', scaled)).spec.strategy.rollingUpdate
      await setSurge(3)
      return () => setSurge(maxSurge)
    },
    stopped: {
      code: 'field-conflict',
      message: `kubectl-edit owns spec.strategy.rollingUpdate.maxSurge of Deployment ${namespace}/${scaled}, and release ${release} would change it.`,
      remedy: expect.stringContaining('let kubectl-edit give the field up'),
    },
    settled: [
      { code: 'field-yielded', message: expect.stringContaining(`spec.replicas of Deployment ${namespace}/${scaled}: its value stays`) },
      {
        code: 'field-yielded',
        message: expect.stringMatching(/^admissionsenforcer owns webhooks\[\]\.namespaceSelector of Mutating\S+ \S+ \(\d fields\): its/),
      },
      { code: 'field-taken', message: expect.stringContaining(`spec.replicas of Deployment ${gateway}/${gateway}: the value of`) },
    ],
    verdicts: [
      'spec.replicas stays as kube-controller-manager wrote it.',
      "spec.replicas is ours from now on, and no longer kube-controller-manager's.",
    ],
    expectKept: async () => {
      const { webhooks: all }: { webhooks: { namespaceSelector: unknown }[] } = await get('mutatingwebhookconfiguration', webhooks)
      expect(all.map(({ namespaceSelector }) => namespaceSelector)).toEqual(all.map(() => selector))
      expect([await replicas(scaled), await replicas(gateway)]).toEqual([2, 1])
      await cluster.kubectl(['delete', 'hpa', scaled, place(scaled)])
      const manifest = await cluster.helm(['get', 'manifest', release, `--namespace=${namespace}`])
      expect(manifest).toContain('kind: Deployment')
      expect(manifest).not.toMatch(/^ {2}replicas:/m)
    },
  }
}
