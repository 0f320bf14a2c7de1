import { Agent } from 'undici'
import { fillSandbox, sandboxClient } from '../sandbox/fill-sandbox.js'
import { startSandbox } from '../sandbox/sandbox-under-test.js'
import { residentMiB } from '../support/process-memory.js'

/** Resident MiB of a simulated cluster that holds this many objects. */
export async function measureSandboxMemory(objects: number): Promise<number> {
  const dispatcher = new Agent()
  await using sandbox = await startSandbox('empty')
  await fillSandbox(sandboxClient(sandbox, dispatcher), objects)
  await dispatcher.close()
  return residentMiB(sandbox.pid)
}
