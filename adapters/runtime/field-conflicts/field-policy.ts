import type { Catalog } from '../catalog.js'

/** One row of a policy: whose value counts where another manager owns a field that a chart sets. */
export type PolicyRow = Catalog['fieldConflicts'][number]

const webhooks = '(Mutating|Validating)WebhookConfiguration'

const replicas = { kind: '(Deployment|StatefulSet)', field: 'spec.replicas', manager: 'kube-controller-manager' }

/** What holds for every mesh, after the rows of its own catalogue. */
const everywhere: readonly PolicyRow[] = [
  {
    ...{ ...replicas, when: 'autoscaled', outcome: 'yield' },
    reason: 'A HorizontalPodAutoscaler scales it, and would scale it again.',
  },
  {
    ...{ ...replicas, outcome: 'set' },
    reason: 'A HorizontalPodAutoscaler scaled it once, and none does any more.',
  },
  {
    ...{ kind: webhooks, field: 'webhooks[].namespaceSelector', manager: 'admissionsenforcer', outcome: 'yield' },
    reason:
      'AKS keeps webhooks away from its own namespaces and writes this again at once, unless the configuration has the annotation admissions.enforcer/disabled.',
  },
  {
    ...{ kind: webhooks, field: 'webhooks[].clientConfig.caBundle', manager: '(cert-manager-)?cainjector', outcome: 'yield' },
    reason: 'cert-manager writes the certificate authority into it, and writes it again when that changes.',
  },
]

/** Every row that counts for a mesh; the first that fits decides. */
export function policyOf({ fieldConflicts }: Pick<Catalog, 'fieldConflicts'>): readonly PolicyRow[] {
  return [...fieldConflicts, ...everywhere]
}

/** Whether a row speaks of objects of a kind. */
export function isAbout(row: PolicyRow, kind: string): boolean {
  return isWhole(row.kind, kind)
}

/** The row that decides over a field and one of its managers; undefined: nobody is overruled. */
export function rowFor(policy: readonly PolicyRow[], { kind, field, manager }: { kind: string; field: string; manager: string }) {
  return policy.find(
    (row) => isAbout(row, kind) && isWhole(row.manager, manager) && (field === row.field || field.startsWith(`${row.field}.`)),
  )
}

function isWhole(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text)
}
