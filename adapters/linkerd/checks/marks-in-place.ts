import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check } from '../../runtime/checks/check.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { warningFinding } from '../../runtime/plan-findings.js'
import { someNames } from '../../runtime/some-names.js'

// linkerd2: pkg/healthcheck, l5d-data-plane-pod-labels, l5d-data-plane-services-labels and -annotations.

const settings = /^(config|config\.alpha)\.linkerd\.io\/|^linkerd\.io\/inject$/
const exported = 'mirror.linkerd.io/exported'

/** Linkerd reads its settings from annotations, and what a service exports from a label: in the other place they do nothing. */
export const marksInPlace: Check = {
  code: 'marks-in-place',
  holds: 'Settings of Linkerd stand where it reads them.',
  question: 'settings of Linkerd stand where it reads them',
  find: async ({ session }) => {
    const lists = await Promise.all(['Pod', 'Service'].map((kind) => session.list({ apiVersion: 'v1', kind }, { metadataOnly: true })))
    const asLabels = lists.flat().filter(({ metadata }) => Object.keys(metadata.labels ?? {}).some((key) => settings.test(key)))
    const asAnnotations = lists.flat().filter(({ kind, metadata }) => kind === 'Service' && metadata.annotations?.[exported] !== undefined)
    return [
      ...misplaced(asLabels, { is: 'label', should: 'annotation', which: 'A setting of Linkerd' }),
      ...misplaced(asAnnotations, { is: 'annotation', should: 'label', which: exported }),
    ]
  },
}

function misplaced(objects: readonly KubeObject[], { is, should, which }: { is: string; should: string; which: string }): Finding[] {
  const [first] = objects
  if (first === undefined) return []
  return [
    warningFinding({
      code: 'mark-misplaced',
      message: `${which} stands as ${is} on ${someNames(objects.map(nameOf))}, where nobody reads it.`,
      remedy: `Write it as ${should} instead; that of a pod stands in the template of its workload.`,
      object: refOf(first),
    }),
  ]
}
