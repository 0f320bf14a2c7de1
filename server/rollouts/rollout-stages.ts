import type { ActionRequest } from '../../contract/plan.js'
import type { RolloutRow } from './rollout-store.js'

/** What a stage asks for when its turn has come. */
export interface Stage {
  action: string
  title: string
  namespaces: string[]
  request: ActionRequest
}

type Course = Pick<RolloutRow, 'cluster' | 'mesh' | 'namespace' | 'revision' | 'version' | 'newRevision' | 'mode' | 'tag' | 'waves'>

/**
 * The stages of a rollout, in order: the second control plane, the tag (pointed without a restart), each wave, and the end of
 * the first. A join restarts what its injector would make otherwise, so that a wave of a tag is a join to the tag.
 */
export function stagesOf(course: Course): Stage[] {
  const { cluster, mesh, namespace, revision, version, newRevision, tag, waves } = course
  const call = { cluster, mesh, namespace }
  const pointing: Stage[] = tag
    ? [
        {
          ...{ action: 'point-tag', title: `Point tag ${tag} at ${newRevision}`, namespaces: [] },
          request: { ...call, action: 'point-tag', revision: newRevision, params: { tag, restart: false } },
        },
      ]
    : []
  return [
    {
      ...{ action: 'canary', title: `Start control plane ${newRevision} beside ${revision}`, namespaces: [] },
      request: { ...call, action: 'canary', revision, version, params: { newRevision } },
    },
    ...pointing,
    ...waves.map((namespaces) => ({
      ...{ action: 'join', title: `${tag ? 'Restart' : 'Move'} ${namespaces.join(', ')}`, namespaces },
      request: { ...call, action: 'join', params: { namespaces, revision: tag ?? newRevision } },
    })),
    {
      ...{ action: 'retire', title: `Move the gateways to ${newRevision} and retire ${revision}`, namespaces: [] },
      request: { ...call, action: 'retire', revision, params: { successor: newRevision } },
    },
  ]
}

/** The stage at a position; throws when the rollout has none there, which is a mistake of ours. */
export function stageAt(course: Course, position: number): Stage {
  const stage = stagesOf(course)[position]
  if (stage === undefined) throw new Error(`a rollout has no stage ${position}`)
  return stage
}
