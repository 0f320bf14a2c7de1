import { z } from 'zod'
import { applyStep } from '../../../../adapters/runtime/apply-step.js'
import { readCatalog } from '../../../../adapters/runtime/catalog.js'
import type { Action, MeshAdapter, Scene } from '../../../../adapters/runtime/mesh-adapter.js'
import { paramsSchema } from '../../../../adapters/runtime/parameters-schema.js'
import { errorFinding } from '../../../../adapters/runtime/plan-findings.js'
import type { KubeObject } from '../../../../kube/kube-object.js'
import { twinController } from './twin-controller.js'

const catalog = readCatalog(new URL('catalog.json', import.meta.url))
const text = { type: 'string' }
const Params = z.object({
  newRevision: z.string().default(''),
  namespaces: z.array(z.string()).default([]),
  revision: z.string().default(''),
  tag: z.string().default(''),
  successor: z.string().default(''),
})

type Wanted = z.infer<typeof Params> & { revision: string; version: string }

/** Settings of the mesh, as the one object that stands for them. */
function settings(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: catalog.namespace }, data } as KubeObject
}

interface Part {
  properties: Record<string, unknown>
  objects: (wanted: Wanted) => KubeObject[]
  confirm: { code: string; destructive: boolean }
  refuse?: (scene: Scene, of: string) => Promise<string[]>
}

const asking = (revision: string) => (revision === 'default' ? 'twin-injection=enabled' : `twin/rev=${revision}`)

const parts: Record<string, Part> = {
  canary: {
    properties: { newRevision: text },
    objects: ({ newRevision, version }) => [twinController(newRevision, version)],
    confirm: { code: 'definitions-change', destructive: false },
  },
  'point-tag': {
    properties: { tag: text, restart: { type: 'boolean' } },
    objects: ({ tag, revision }) => [settings(`tag-${tag}`, { revision })],
    confirm: { code: 'tag-moves', destructive: false },
  },
  join: {
    properties: { namespaces: { type: 'array', items: text }, revision: text },
    objects: ({ namespaces, revision }) =>
      namespaces.map((name) => ({
        ...{ apiVersion: 'v1', kind: 'Namespace' },
        metadata: { name, labels: { 'twin-injection': 'moved', 'twin/rev': revision } },
      })),
    confirm: { code: 'restart-workloads', destructive: false },
  },
  retire: {
    properties: { successor: text },
    objects: ({ successor }) => [settings('default-revision', { successor })],
    confirm: { code: 'old-goes', destructive: true },
    refuse: async ({ session }, revision) => {
      const found = await session.list({ apiVersion: 'v1', kind: 'Namespace' }, { labelSelector: asking(revision) })
      return found.map(({ metadata }) => metadata.name ?? '')
    },
  },
}

/** A mesh with revisions whose every part is one object: what a rollout runs, without what makes Istio's take time. */
export const twinAdapter: MeshAdapter = { catalog, actions: Object.entries(parts).map(toAction) }

function toAction([key, { properties, objects, confirm, refuse }]: [string, Part]): Action {
  return {
    ...{ key, title: `${key} of Twin`, scope: 'cluster', destructive: confirm.destructive, requires: ['installation'] },
    category: key === 'join' ? 'inject' : 'revisions',
    parametersSchema: paramsSchema(properties),
    prepare: async ({ target, version, parameters }, scene) => {
      const params = Params.parse(parameters.params ?? {})
      const revision = target.revision || 'default'
      const wanted = objects({ ...params, revision: params.revision || revision, version })
      const left = scene.operation === '' && refuse ? await refuse(scene, revision) : []
      const remedy = 'Let these namespaces join the successor.'
      const findings = left.map((name) => errorFinding({ code: 'members-left', message: `Namespace ${name} asks for it.`, remedy }))
      const step = { key, title: `Apply ${key}`, component: 'controller', objects: wanted, force: true, equivalent: 'kubectl apply' }
      return {
        ...{ steps: findings.length > 0 ? [] : [applyStep(scene, step)], findings, leftovers: [], inputs: { wanted } },
        confirmations: [{ ...confirm, text: `${confirm.code} is what happens.`, objects: [] }],
      }
    },
  }
}
