import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import { AdapterError } from '../../runtime/adapter-error.js'

/** Annotation of the ConfigMap that holds the anchors. */
export const noteKey = 'meshwright.io/anchor-rotation'

const Note = z.object({
  operation: z.string(),
  /** Fingerprint of the new anchor. */
  anchor: z.string(),
  // The API server's time from which on new pods trust both anchors, have certificates of the new issuer, trust only the new anchor.
  trusted: z.string().default(''),
  certified: z.string().default(''),
  forgotten: z.string().default(''),
  finished: z.boolean().default(false),
})

export type RotationNote = z.infer<typeof Note>
export type Stage = 'trusted' | 'certified' | 'forgotten'

/** The note of the last rotation; undefined when there was none. Throws `invalid-request` for one that somebody has changed. */
export function readNote({ metadata: { annotations = {} } }: KubeObject): RotationNote | undefined {
  const text = annotations[noteKey]
  if (text === undefined) return undefined
  try {
    return Note.parse(JSON.parse(text))
  } catch (error) {
    throw new AdapterError('invalid-request', `The note ${noteKey} on the trust roots cannot be read.`, {
      cause: 'Somebody changed it: it says how far the rotation of the anchor came.',
      remedy: `Compare the anchors of the bundle with the issuer, then take the annotation ${noteKey} away and plan again.`,
      from: error,
    })
  }
}

/** For a step that finds no rotation under way where it has to go on with one. */
export function noteLost(): AdapterError {
  return new AdapterError('conflict', 'There is no rotation under way any more.', {
    cause: `Somebody took the annotation ${noteKey} or the new anchor out of the trust roots.`,
    remedy: 'Look at the bundle and the issuer, then plan the rotation again.',
  })
}
