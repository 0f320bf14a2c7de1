// Every cached answer has its key here, so that the live stream can name what an event makes stale.

/** Root of each resource; invalidating a root covers its lists and its single items. */
export const queryKeys = {
  version: ['version'],
  contexts: ['contexts'],
  clusters: ['clusters'],
  adapters: ['adapters'],
  meshes: ['meshes'],
  installations: ['installations'],
  namespaces: ['namespaces'],
  checks: ['checks'],
  certificates: ['certificates'],
  operations: ['operations'],
  rollouts: ['rollouts'],
  events: ['events'],
  sandbox: (cluster: string) => ['sandbox', cluster],
  plan: (id: string) => ['plan', id],
  rollout: (id: string) => ['rollouts', id],
  operation: (id: string) => ['operation', id],
  operationLog: (id: string) => ['operation-log', id],
  operationArtifacts: (id: string) => ['operation-artifacts', id],
  operationObjects: (id: string) => ['operation-objects', id],
} as const
