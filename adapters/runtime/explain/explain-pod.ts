import type { ExplainResponse } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { findInjectorWebhooks } from '../injector-webhooks.js'
import { nameOf, refOf } from '../manifests.js'
import { infoFinding } from '../plan-findings.js'
import { isOfMesh } from '../pod-belonging.js'
import { capturedBy } from '../read-marks.js'
import { type DryRun, dryRunPod } from './dry-run-pod.js'
import { askOf, type ExplainedPod, type ExplainTarget, readExplainedPod } from './explained-pod.js'
import { exclusionReasons, markReasons } from './mark-reasons.js'
import { dryRunReasons, runningReasons } from './outcome-reasons.js'
import { backendReasons, webhookReasons } from './webhook-reasons.js'

/**
 * Why a pod is in the mesh or not, in the order in which Kubernetes decides: marks, webhooks, what the mesh leaves out, who
 * answers, what a dry run gives, and whether the pod that runs is older than all that. Changes nothing.
 */
export async function explainPod(
  { session, catalog, signal }: { session: ClusterSession; catalog: Catalog; signal: AbortSignal },
  target: ExplainTarget,
): Promise<ExplainResponse> {
  const explained = await readExplainedPod(session, catalog, target)
  const { pod, workload, next } = explained
  const about = { pod: pod?.metadata.name ?? '', workload: workload ? `${workload.kind}/${workload.metadata.name}` : '' }
  if (isOfMesh(catalog, (pod ?? next).metadata.labels)) {
    const message = `It is a part of ${catalog.title} itself, and no member of it.`
    const reason = infoFinding({ code: 'part-of-mesh', message, object: refOf(pod ?? workload ?? next) })
    return { ...about, verdict: 'not-in-mesh', inMesh: false, summary: message, reasons: [reason] }
  }
  const [webhooks, dryRun] = await Promise.all([findInjectorWebhooks(session), dryRunPod(session, next, signal)])
  const reasons = [
    ...markReasons(catalog, explained),
    ...webhookReasons(catalog, explained, webhooks),
    ...exclusionReasons(catalog, explained),
    ...(await backendReasons(session, explained, webhooks)),
    ...dryRunReasons(catalog, explained, dryRun),
    ...runningReasons(catalog, explained, dryRun),
  ]
  const verdict = judge(catalog, explained, dryRun)
  return { ...about, verdict, inMesh: verdict === 'in-mesh', summary: summaryOf(catalog, explained, { verdict, dryRun }), reasons }
}

type Verdict = 'in-mesh' | 'not-in-mesh' | 'after-restart' | 'refused'

/** What is so now goes before what will be: a pod that runs in the mesh is in it, even when a new one were refused. */
function judge(catalog: Catalog, { pod }: ExplainedPod, dryRun: DryRun): Verdict {
  if (pod && capturedBy(catalog, pod)) return 'in-mesh'
  if (dryRun.state === 'refused') return 'refused'
  return dryRun.state === 'made' && capturedBy(catalog, dryRun.answer) ? 'after-restart' : 'not-in-mesh'
}

const sentences: Record<Verdict, (title: string) => string> = {
  'in-mesh': (title) => `is in the mesh (${title})`,
  'not-in-mesh': (title) => `is not in the mesh (${title})`,
  'after-restart': (title) => `is not in the mesh (${title}), and will be after a restart`,
  refused: () => 'would be refused if it were made anew',
}

function summaryOf(catalog: Catalog, explained: ExplainedPod, { verdict, dryRun }: { verdict: Verdict; dryRun: DryRun }): string {
  const { pod, workload, next } = explained
  const subject = nameOf(pod ?? workload ?? next)
  return `${subject} ${sentences[verdict](catalog.title)}${outlook(catalog, explained, { verdict, dryRun })}.`
}

/** What a restart would change of the verdict, and what is asked in vain. */
function outlook(catalog: Catalog, explained: ExplainedPod, { verdict, dryRun }: { verdict: Verdict; dryRun: DryRun }): string {
  const isAmbient = explained.pod && capturedBy(catalog, explained.pod)?.mode === 'ambient'
  if (verdict === 'in-mesh' && dryRun.state === 'refused') return '; a new one would be refused'
  if (verdict === 'in-mesh' && dryRun.state === 'made' && !isAmbient && !capturedBy(catalog, dryRun.answer))
    return '; a new one would not be'
  if (verdict === 'not-in-mesh' && askOf(explained)?.answer === 'in') return ', although that is asked'
  return ''
}
