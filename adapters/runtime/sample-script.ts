import { readFile } from 'node:fs/promises'

/**
 * The program of the sample application. It stands in the folder above those of adapters, for which each of them, bundled into
 * a file of its own, finds it by the same address.
 */
export function readSampleScript(): Promise<string> {
  return readFile(new URL('../runtime/sample/sample-app.mjs', import.meta.url), 'utf8')
}
