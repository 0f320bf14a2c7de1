import { z } from 'zod'
import { SceneName } from '../contract/sandbox.js'

const Environment = z.object({
  MESHWRIGHT_SANDBOX_TOKEN: z.string().min(16),
  MESHWRIGHT_SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  MESHWRIGHT_SANDBOX_SCENE: SceneName.default('applications'),
})

export interface SandboxConfig {
  /** Every request must carry it. */
  token: string
  /** 0: any free one. */
  port: number
  scene: SceneName
}

/** Throws a ZodError that names the variable. */
export function readConfig(): SandboxConfig {
  const read = Environment.parse(process.env)
  return { token: read.MESHWRIGHT_SANDBOX_TOKEN, port: read.MESHWRIGHT_SANDBOX_PORT, scene: read.MESHWRIGHT_SANDBOX_SCENE }
}
