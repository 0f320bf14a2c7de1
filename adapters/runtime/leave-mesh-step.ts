import { AdapterError } from './adapter-error.js'
import type { Members } from './find-members.js'
import { nameOf, refOf } from './manifests.js'
import type { Step } from './mesh-adapter.js'

/** `find` is asked when the step runs, not when it is planned. */
export interface LeaveMeshOptions {
  title: string
  component: string
  find: () => Promise<Members>
  /** Whether somebody may still be in when the mesh goes: whoever started has confirmed it. */
  mayStay: (name: string) => boolean
}

const logged = 50

/** Looks once more who is in the mesh before it goes, and writes the names down. Throws `members-left` for one that nobody has confirmed. */
export function leaveMeshStep({ title, component, find, mayStay }: LeaveMeshOptions): Step {
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
        log('warning', `${pods.length} pods and ${namespaces.length} namespaces are left in the mesh.`, {
          code: 'MEMBERS_LEFT',
        })
      for (const { object, mark } of [...namespaces, ...pods].slice(0, logged))
        log('info', `${nameOf(object)}: ${mark}`, { object: refOf(object) })
      const surprising = [...namespaces, ...pods].map(({ object }) => nameOf(object)).filter((name) => !mayStay(name))
      if (surprising.length > 0) {
        throw new AdapterError('members-left', 'Somebody is in the mesh who was not when the plan was made.', {
          cause: `${surprising.slice(0, 10).join(', ')}.`,
          remedy: 'Retry the operation: its new plan lets them leave, too.',
        })
      }
    },
    inspect: async () => ({ state: 'traceless', detail: 'looks only' }),
  }
}
