import { KubeError } from '../../kube/kube-client.js'

/** An answer that may be refused for want of rights; everything else that goes wrong rises. */
export async function whenForbidden<Answer, Fallback>(answer: Promise<Answer>, fallback: Fallback): Promise<Answer | Fallback> {
  return answer.catch((error: unknown) => {
    if (error instanceof KubeError && error.status === 403) return fallback
    throw error
  })
}
