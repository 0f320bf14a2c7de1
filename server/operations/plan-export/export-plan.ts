import type { ExportFormat } from '../../../contract/plan.js'
import { AppError } from '../../errors.js'
import type { PlanRow } from '../plan-store.js'
import { argoCdApplications } from './argo-cd-applications.js'
import type { ExportedPlan } from './exported-plan.js'
import { fluxReleases } from './flux-releases.js'
import { helmScript } from './helm-script.js'

/** A plan as a file for another tool. */
export interface PlanFile {
  name: string
  type: string
  text: string
}

interface Writer {
  /** What follows the plan's own name in that of the file. */
  ending: string
  type: string
  write: (plan: ExportedPlan) => string
}

const writers: Record<ExportFormat, Writer> = {
  helm: { ending: '.sh', type: 'text/x-shellscript; charset=utf-8', write: helmScript },
  'argo-cd': { ending: '-argo-cd.yaml', type: 'application/yaml; charset=utf-8', write: argoCdApplications },
  flux: { ending: '-flux.yaml', type: 'application/yaml; charset=utf-8', write: fluxReleases },
}

/**
 * Hands the helm releases of a plan to another tool, in their order. What else the plan does is named in the file and left
 * to its reader. Throws `plan-not-ready`, `plan-refused` or `nothing-to-export`.
 */
export function exportPlan(plan: PlanRow, format: ExportFormat): PlanFile {
  const { ending, type, write } = writers[format]
  const { mesh, action, version } = plan.request
  return { name: [mesh, action, version].filter(Boolean).join('-') + ending, type, text: write(exportable(plan)) }
}

function exportable({ id, state, request, createdAt, simulated, steps }: PlanRow): ExportedPlan {
  if (state === 'planning') {
    throw new AppError('plan-not-ready', 'The plan is still being made.', { remedy: 'Wait until its state is ready.' })
  }
  if (state !== 'ready') {
    throw new AppError('plan-refused', 'A plan that is refused is not handed on.', {
      remedy: 'Mend what its findings name, and plan again.',
    })
  }
  const releases = steps.flatMap(({ title, release }) => (release ? [{ title, ...release }] : []))
  if (releases.length === 0) {
    throw new AppError('nothing-to-export', 'No step of this plan brings about a helm release.', {
      cause: 'Only releases can be handed to helm, Argo CD or Flux.',
      remedy: 'Start the plan here, or type the commands that its steps name.',
    })
  }
  const others = steps.filter(({ release }) => release === undefined)
  return { id, request, createdAt, simulated, releases, others }
}
