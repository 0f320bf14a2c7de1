import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { AdapterError } from './adapter-error.js'
import type { OperationLog } from './operation-log.js'

/** A file that an operation hands to the user. `text` is one part or many, in order. */
export interface Artifact {
  name: string
  mediaType: string
  text: readonly string[]
  /** A secret that the server keeps sealed and hands out one time. */
  once?: boolean
}

/** Hands a file over. Resolves once the server has stored all of it: only then may what the file holds be destroyed. */
export type HandOver = (artifact: Artifact, signal: AbortSignal) => Promise<void>

/** The files of one operation on their way to the server. */
export interface Artifacts {
  readonly handOver: HandOver
  /** The server's word that it has stored a file whose content has this sum. */
  kept(file: { name: string; sha256: string }): void
}

/** The name of a file that was made now, such as `istio-20261125T104200Z.yaml`: none that was kept before has it. */
export function nameOfNow(beginning: string, ending: string): string {
  return `${beginning}-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}.${ending}`
}

/** Larger files are refused: the server keeps them in its database, and both sides in memory while they cross. */
export const largestArtifactBytes = 32 * 1024 * 1024
const partBytes = 256 * 1024
const keptWithinMs = 60_000

/** Files travel in the journal, so that none is lost or doubled over a broken stream. */
export function openArtifacts(journal: OperationLog): Artifacts {
  const words = new EventEmitter()
  return {
    handOver: async ({ name, mediaType, text, once: isOnce = false }, signal) => {
      const content = Buffer.from(text.join(''))
      if (content.byteLength > largestArtifactBytes) throw tooLarge(name, content.byteLength)
      const sha256 = createHash('sha256').update(content).digest('hex')
      const kept = once(words, name, { signal: AbortSignal.any([signal, AbortSignal.timeout(keptWithinMs)]) })
      for (let from = 0; from < content.byteLength || from === 0; from += partBytes) {
        const isLast = from + partBytes >= content.byteLength
        journal.artifact({ name, mediaType, content: content.subarray(from, from + partBytes), sha256: isLast ? sha256 : '', once: isOnce })
      }
      const [stored] = await kept.catch((): [undefined] => [undefined])
      journal.forgetArtifact(name)
      signal.throwIfAborted()
      if (stored !== sha256) throw notKept(name)
    },
    kept: ({ name, sha256 }) => void words.emit(name, sha256),
  }
}

function tooLarge(name: string, bytes: number): AdapterError {
  const mebibytes = (count: number) => `${Math.ceil(count / 1024 / 1024)} MiB`
  return new AdapterError('artifact-too-large', `The file ${name} would be too large, so nothing was deleted.`, {
    cause: `It has ${mebibytes(bytes)}; Meshwright keeps files of up to ${mebibytes(largestArtifactBytes)}.`,
    remedy: 'Export the objects yourself (`kubectl get <kind> -A -o yaml`), delete those that nobody needs, then retry.',
  })
}

function notKept(name: string): AdapterError {
  return new AdapterError('artifact-not-kept', `The server did not confirm that it has stored the file ${name}, so nothing was deleted.`, {
    cause: 'It may be out of disk space, or what it stored differs from what was sent.',
    remedy: 'Look at the log of the server, then retry.',
  })
}
