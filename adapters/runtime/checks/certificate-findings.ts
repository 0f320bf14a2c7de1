import type { Certificate, Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { errorFinding, infoFinding, warningFinding } from '../plan-findings.js'

export const dayMs = 86_400_000

/** How long before its end a root or issuer that nobody renews is spoken of: replacing it takes a restart of every member. */
export const soonDays = 60

/** What is wrong with certificates by the calendar and by their signatures; one line of good news when nothing is, and all could be read. */
export function checkCertificates(
  certificates: readonly Certificate[],
  { now, isComplete }: { now: Date; isComplete: boolean },
): Finding[] {
  const findings = certificates.flatMap((each) => [...judgeTime(each, now), ...judgeChain(each, certificates)])
  if (findings.length > 0 || certificates.length === 0 || !isComplete) return findings
  const count = `${certificates.length} ${certificates.length === 1 ? 'certificate' : 'certificates'}`
  return [
    infoFinding({
      code: 'certificates-valid',
      message: `${count} of the mesh ${certificates.length === 1 ? 'is' : 'are'} valid, and none ends soon.`,
    }),
  ]
}

/**
 * Roots and issuers that nobody renews are spoken of ahead (soonDays). What is renewed by itself is late when less than a fifth
 * of its life is left.
 */
function judgeTime(certificate: Certificate, now: Date): Finding[] {
  const { notBefore, notAfter } = certificate
  if (notBefore === undefined || notAfter === undefined) return []
  const leftMs = notAfter.getTime() - now.getTime()
  const day = notAfter.toISOString().slice(0, 10)
  if (leftMs <= 0) {
    return [errorFinding({ ...about(certificate), code: 'certificate-expired', message: `The ${nameOf(certificate)} ended on ${day}.` })]
  }
  if (notBefore.getTime() > now.getTime()) {
    const message = `The ${nameOf(certificate)} is not valid before ${notBefore.toISOString()}.`
    return [
      errorFinding({
        ...about(certificate),
        code: 'certificate-not-yet-valid',
        message,
        remedy: 'Compare the clocks of the machines, or wait.',
      }),
    ]
  }
  if (leftMs >= warnBeforeMs(certificate, notAfter.getTime() - notBefore.getTime())) return []
  const days = Math.floor(leftMs / dayMs)
  const left = days === 0 ? 'in less than a day' : days === 1 ? 'in a day' : `in ${days} days`
  return [
    warningFinding({
      ...about(certificate),
      code: 'certificate-ends-soon',
      message: `The ${nameOf(certificate)} ends ${left}, on ${day}.`,
    }),
  ]
}

function warnBeforeMs({ use, renewedBy }: Certificate, lifeMs: number): number {
  const isManual = renewedBy === 'you' && (use === 'root' || use === 'issuer')
  return isManual ? soonDays * dayMs : Math.min(soonDays * dayMs, lifeMs / 5)
}

/** An issuer that no root of the mesh signed is trusted by nobody. What others sign, such as a public authority, is their matter. */
function judgeChain(certificate: Certificate, all: readonly Certificate[]): Finding[] {
  const { use, chain, issuer, signedBy } = certificate
  const signer = all.find(({ fingerprint }) => fingerprint === signedBy)
  if (use !== 'issuer' || chain === 'self-signed' || signer?.use === 'root' || signer?.use === 'issuer') return []
  const cause = `${issuer} signed it, as it says, and none of the roots that were found made this signature.`
  const remedy = 'Put the root that signed it among the roots, or have the issuer signed by one of them.'
  return [
    errorFinding({
      ...about(certificate),
      code: 'issuer-not-trusted',
      message: `The ${nameOf(certificate)} is signed by none of the mesh's roots.`,
      cause,
      remedy,
    }),
  ]
}

const remedies: Record<string, string> = {
  'control-plane': 'Look at the log of the control plane: it should have renewed it.',
  'cert-manager': 'Look at the Certificate and at the log of cert-manager: it should have renewed it.',
  helm: 'Upgrade or install the chart again, with the same version: it makes a new one.',
  you: 'Make a new one and put it in its place.',
}

function about({ places, renewal, renewedBy }: Certificate): Omit<Parameters<typeof warningFinding>[0], 'code' | 'message'> {
  const object = places[0]?.object
  return { cause: renewal, remedy: remedies[renewedBy], ...(object ? { object } : {}) }
}

function nameOf({ purpose, subject }: Certificate): string {
  return subject === '' ? purpose : `${purpose} (${subject})`
}
