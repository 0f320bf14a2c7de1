import type { KubeConnection } from '../../../kube/connection.js'

/** A connection for one request, with how long its last try took: what a patient one waits before it tries again is not the API server's time. */
export function timedConnection(connection: KubeConnection): { connection: KubeConnection; tookMs(): number } {
  let sentAt = performance.now()
  return {
    connection: {
      ...connection,
      // Asked for before each try.
      headers: async () => {
        const headers = await connection.headers()
        sentAt = performance.now()
        return headers
      },
    },
    tookMs: () => performance.now() - sentAt,
  }
}
