import type { KubeObject } from '../../kube/kube-object.js'
import { releaseFact } from './cluster-facts.js'
import { forgetRecord, latestRelease } from './helm-releases.js'
import { helmManager } from './install-release-step.js'
import type { InstalledRelease } from './installed-releases.js'
import { judgeDelete } from './judge-object.js'
import { refOf } from './manifests.js'
import type { Scene, Step } from './mesh-adapter.js'
import { refusedFindings } from './plan-findings.js'
import { checkPermissions } from './preflight.js'

/** Takes away the record of one revision, as it was read for this plan or start, and no object of the release. */
export function clearRecordStep({ session, signal }: Scene, { name: component, record }: InstalledRelease): Step {
  const { name, namespace, revision, status, secret } = record
  const key = `clear-${component}`
  const object: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret } }
  return {
    key,
    title: `Clear the record of ${name}, revision ${revision}, left ${status}`,
    component,
    kind: 'manifests',
    equivalent: `kubectl delete secret ${secret} --namespace ${namespace}`,
    preview: async (arrivals) => {
      const judgement = { step: key, fieldManager: helmManager, force: false, arrivals, expectedManagers: [], signal }
      const judged = await judgeDelete(session, object, judgement)
      const permissions = await checkPermissions(session, { objects: [refOf(object)], verbs: ['get', 'list', 'delete'] })
      const facts = [await releaseFact(session, namespace, name)]
      return { hooks: [], objects: [judged], findings: [...permissions, ...refusedFindings([judged])], facts }
    },
    run: async ({ log }) => {
      await forgetRecord(session, record)
      log('info', `The record of revision ${revision} of ${name} is gone: an install or upgrade can go on.`, { object: refOf(object) })
    },
    inspect: async () => {
      const now = await latestRelease(session, { namespace, name })
      const isThere = now?.uid === record.uid
      return { state: isThere ? 'untouched' : 'done', detail: `revision ${revision} of ${name} is ${isThere ? now.status : 'gone'}` }
    },
  }
}
