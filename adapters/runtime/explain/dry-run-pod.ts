import { KubeError, kubeRequest } from '../../../kube/kube-client.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { collectionPath } from '../../../kube/object-paths.js'
import type { ClusterSession } from '../cluster-session.js'

/** What the API server makes of a pod: the pod after every webhook was asked, its refusal, or why it could not be asked. */
export type DryRun = { state: 'made'; answer: KubeObject } | { state: 'refused'; words: string } | { state: 'unknown'; why: string }

const pods = { apiVersion: 'v1', plural: 'pods', namespaced: true }

/** Asks the API server to make a pod without making it. The webhooks are called as they are for a real one. */
export async function dryRunPod({ connection }: ClusterSession, pod: KubeObject, signal: AbortSignal): Promise<DryRun> {
  const path = collectionPath(pods, pod.metadata.namespace)
  const asked = kubeRequest<KubeObject>(connection, { method: 'POST', path, query: { dryRun: 'All' }, body: pod, signal })
  return asked.then((answer): DryRun => ({ state: 'made', answer }), judge)
}

const noDryRun = /admission webhook "([^"]+)" does not support dry run/
const mayNotCreate = /cannot create resource "pods"/
const webhookFailed = /failed calling webhook/

/** What is no answer about this pod rises. */
function judge(error: unknown): DryRun {
  if (!(error instanceof KubeError) || error.status === 401 || error.status === 429) throw error
  const { message, status } = error
  const unsafe = noDryRun.exec(message)
  if (unsafe) return { state: 'unknown', why: `The admission webhook ${unsafe[1]} allows no dry run.` }
  if (mayNotCreate.test(message)) return { state: 'unknown', why: `The cluster connection may not create pods there: ${message}` }
  if (status >= 500 && !webhookFailed.test(message)) return { state: 'unknown', why: `The API server could not do it: ${message}` }
  return { state: 'refused', words: message }
}
