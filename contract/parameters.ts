import { z } from 'zod'
import { DnsLabel } from './primitives.js'

const Values = z.record(z.string(), z.json())

/** What a user sets for one helm release or manifest set of an installation. */
export const ComponentParameters = z.strictObject({
  enabled: z.exactOptional(z.boolean()),
  version: z.exactOptional(
    z
      .string()
      .max(64)
      .regex(/^[0-9A-Za-z.+-]+$/),
  ),
  namespace: z.exactOptional(DnsLabel),
  release: z.exactOptional(DnsLabel),
  values: z.exactOptional(Values),
})

/** Parameters of an action: per component, common image settings, and what the action's JSON Schema asks for. */
export const Parameters = z
  .strictObject({
    components: z.exactOptional(z.record(z.string().max(63), ComponentParameters)),
    images: z.exactOptional(
      z.strictObject({ registry: z.exactOptional(z.string().max(300)), pullSecrets: z.exactOptional(z.array(DnsLabel)) }),
    ),
    params: z.exactOptional(Values),
  })
  .meta({ id: 'Parameters' })

export type Parameters = z.infer<typeof Parameters>
export type ComponentParameters = z.infer<typeof ComponentParameters>
