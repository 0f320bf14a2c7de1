import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { count } from '../count.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding, infoFinding, warningFinding } from '../plan-findings.js'
import { someNames } from '../some-names.js'
import type { NamespaceContent } from './namespace-content.js'

/** A namespace that others use: the sample has one of its own. */
export function takenFinding(namespace: string, foreign: readonly KubeObject[]): Finding {
  return errorFinding({
    code: 'sample-namespace-taken',
    message: `Namespace ${namespace} holds ${count(foreign.length, 'object')} of somebody else's.`,
    cause: `${listed(foreign)}.`,
    remedy: 'Name a namespace that is not there, or is empty: the sample has one of its own.',
  })
}

/** For a removal where no sample is; `elsewhere` are the namespaces that hold one. */
export function absentSample(namespace: string, elsewhere: readonly string[]): Finding {
  return errorFinding({
    code: 'sample-absent',
    message: `There is no sample application in namespace ${namespace}.`,
    remedy: elsewhere.length > 0 ? `Name the namespace of one: ${elsewhere.join(', ')}.` : 'Nothing: there is none in this cluster.',
  })
}

/** Why a namespace stays when the sample goes out of it. */
export function stayingFindings(namespace: KubeObject, { came, content }: { came: string; content: NamespaceContent }): Finding[] {
  const { foreign, unseen } = content
  const about = {
    message: `Namespace ${namespace.metadata.name} stays; the marks that came with the sample go from it.`,
    object: refOf(namespace),
  }
  if (foreign.length > 0) {
    const cause = `${listed(foreign)} ${foreign.length === 1 ? 'is' : 'are'} not of the sample.`
    const remedy = 'Pods that start in it from then on are no members of a mesh; let it join one by itself if they are to be.'
    return [warningFinding({ code: 'sample-namespace-shared', ...about, cause, remedy })]
  }
  if (came !== 'made') return [infoFinding({ code: 'sample-namespace-found', ...about, cause: 'It was there before the sample.' })]
  if (unseen.length === 0) return []
  const cause = `The cluster connection may not list all kinds, and an object of somebody's could be among them: ${someNames(unseen, 10)}.`
  return [warningFinding({ code: 'sample-namespace-unseen', ...about, cause, remedy: 'Look into it, and delete it by hand.' })]
}

/** `ConfigMap shop/settings, Secret shop/key`: as many as one can read. */
export function listed(objects: readonly KubeObject[]): string {
  return someNames(objects.map(nameOf), 10)
}
