import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { findMembers } from '../find-members.js'
import { foreignMarks, foreignProxies } from '../foreign-marks.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding } from '../plan-findings.js'
import { someNames } from '../some-names.js'
import type { Check } from './check.js'

/** No namespace asks for two meshes and no pod has two proxies: both would redirect the same traffic. */
export const oneMeshEach: Check = {
  code: 'one-mesh-each',
  holds: 'No namespace and no pod of this mesh is in another mesh too.',
  question: 'its members are in another mesh too',
  find: async ({ session, catalog }) => {
    const { namespaces, pods } = await findMembers(session, catalog)
    const doubled = pods.filter(({ object }) => foreignProxies(catalog.mesh, object).length > 0).map(({ object }) => object)
    return [
      ...namespaces.flatMap(({ object, mark }) => twoInjectors(catalog.mesh, object, mark)),
      ...(doubled.length > 0 ? [twoProxies(catalog.mesh, doubled)] : []),
    ]
  },
}

/** One finding for each other mesh that a member namespace asks for. */
export function twoInjectors(mesh: string, namespace: KubeObject, mark: string): Finding[] {
  const name = namespace.metadata.name ?? ''
  return foreignMarks(mesh, namespace).map((other) =>
    errorFinding({
      code: 'two-injectors',
      message: `Namespace ${name} asks for two meshes: ${mark} and, for ${other.title}, ${other.mark}.`,
      cause: 'Each injector puts its own proxy into every new pod, and both redirect the same traffic.',
      remedy: `Let it leave one of them, such as this one: meshwright mesh leave ${mesh} ${name}.`,
      object: refOf(namespace),
    }),
  )
}

function twoProxies(mesh: string, pods: readonly KubeObject[]): Finding {
  const [first] = pods
  const titles = [...new Set(pods.flatMap((pod) => foreignProxies(mesh, pod).map(({ title }) => title)))].join(', ')
  return errorFinding({
    code: 'two-proxies',
    message: `${pods.length} ${pods.length === 1 ? 'pod has' : 'pods have'} a proxy of ${titles} beside the one of this mesh: ${someNames(pods.map(nameOf))}.`,
    cause: 'They were made while both injectors selected them.',
    remedy: 'Let their namespaces leave one of the meshes, which restarts them.',
    ...(first ? { object: refOf(first) } : {}),
  })
}
