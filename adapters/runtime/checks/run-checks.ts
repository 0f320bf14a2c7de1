import { KubeError } from '../../../kube/kube-client.js'
import { type Finding, type RunChecksResponse, Severity } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { infoFinding, warningFinding } from '../plan-findings.js'
import { besideOthers } from './beside-others.js'
import { checkCertificates } from './certificate-findings.js'
import type { Check, CheckScene, MeshChecks } from './check.js'
import { controlPlaneReady } from './control-plane-ready.js'
import { definitionsServed } from './definitions-served.js'
import { findCertificates } from './find-certificates.js'
import { isNotLookedAt, notLookedAt } from './not-looked-at.js'
import { oneMeshEach } from './one-mesh-each.js'
import { releasesWhole } from './releases-whole.js'
import { sidecarsReady } from './sidecars-ready.js'
import { webhooksAnswered } from './webhooks-answered.js'

/** What every mesh is looked at for, then what is its own, then its certificates. Each check says something: what is wrong, that nothing is, or that it could not look. */
export async function* runChecks({ checks, certificates, unseen = [] }: MeshChecks, scene: CheckScene): AsyncGenerator<RunChecksResponse> {
  for (const check of [
    controlPlaneReady,
    releasesWhole,
    definitionsServed,
    webhooksAnswered(certificates.webhooks),
    sidecarsReady,
    oneMeshEach,
    besideOthers(certificates.gatewayClasses),
    ...checks,
  ]) {
    for (const finding of await runCheck(check, scene)) yield { finding, certificate: undefined }
  }
  for (const text of unseen) yield { finding: notLookedAt(text), certificate: undefined }
  if (scene.session.simulated) return yield { finding: notSimulated('which certificates there are'), certificate: undefined }
  const found = await findCertificates(certificates, scene)
  for (const certificate of found.certificates) yield { finding: undefined, certificate }
  const judged = checkCertificates(found.certificates, { now: scene.now, isComplete: found.findings.length === 0 })
  for (const finding of [...found.findings, ...judged]) yield { finding, certificate: undefined }
}

async function runCheck(check: Check, scene: CheckScene): Promise<Finding[]> {
  const { code, holds, question, needsRunning = false } = check
  if (needsRunning && scene.session.simulated) return [notSimulated(`whether ${question}`)]
  const findings = await check.find(scene).catch((error: unknown) => [notReadable(question, error)])
  const isOpen = findings.some((finding) => finding.severity !== Severity.SEVERITY_INFO || isNotLookedAt(finding))
  return isOpen ? findings : [infoFinding({ code, message: holds }), ...findings]
}

/** Rises again unless the cluster refused for want of rights. */
function notReadable(question: string, error: unknown): Finding {
  if (!(error instanceof KubeError) || error.status !== 403) throw error
  return warningFinding({
    code: 'not-readable',
    message: `It is not known whether ${question}.`,
    cause: error.message,
    remedy: 'Let the identity of the cluster connection read what the cause names, then check again.',
  })
}

/** A simulated cluster has no answer to what only a running mesh shows. */
function notSimulated(what: string): Finding {
  return infoFinding({ code: 'not-simulated', message: `Not looked at here: ${what}.`, cause: 'Nothing runs in a simulated cluster.' })
}
