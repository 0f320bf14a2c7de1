import { z } from 'zod'

/** A context found in this machine's kubeconfig. Nothing was dialled to list it. */
export const KubeconfigContext = z
  .strictObject({
    name: z.string(),
    server: z.string(),
    user: z.string(),
    namespace: z.exactOptional(z.string()),
    file: z.string(),
    current: z.boolean(),
    credential: z.enum(['certificate', 'token', 'exec', 'token-file', 'basic', 'auth-provider', 'none']),
    usable: z.boolean(),
    problem: z.exactOptional(z.string()),
    clusterId: z.exactOptional(z.string()),
  })
  .meta({ id: 'KubeconfigContext' })

export type KubeconfigContext = z.infer<typeof KubeconfigContext>
