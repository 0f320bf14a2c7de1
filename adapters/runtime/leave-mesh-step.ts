import type { Members } from './find-members.js'
import { nameOf, refOf } from './manifests.js'
import type { Step } from './mesh-adapter.js'

/** `find` is asked when the step runs, not when it is planned. */
export interface LeaveMeshOptions {
  title: string
  component: string
  find: () => Promise<Members>
}

const logged = 50

/** Looks once more who is in the mesh, and writes the names down: by then whoever started has confirmed that they may be left. */
export function leaveMeshStep({ title, component, find }: LeaveMeshOptions): Step {
  return {
    key: 'leave-mesh',
    title,
    component,
    kind: 'leave-mesh',
    equivalent: '',
    preview: async () => ({ hooks: [], objects: [], findings: [], facts: [] }),
    run: async ({ log }) => {
      const { namespaces, pods } = await find()
      if (namespaces.length + pods.length === 0) log('info', 'No member is left.')
      else
        log('warning', `Going on with ${pods.length} pods and ${namespaces.length} namespaces left in the mesh, as confirmed.`, {
          code: 'MEMBERS_LEFT',
        })
      for (const { object, mark } of [...namespaces, ...pods].slice(0, logged))
        log('info', `${nameOf(object)}: ${mark}`, { object: refOf(object) })
    },
    inspect: async () => ({ state: 'traceless', detail: 'looks only' }),
  }
}
