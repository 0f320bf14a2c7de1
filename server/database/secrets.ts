import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { AppError } from '../errors.js'

/** Where a secret stands: it cannot be opened in another row, column or table. */
export interface SecretPlace {
  table: string
  column: string
  row: string
}

/** Secrets at rest: AES-256-GCM with a random 96-bit nonce; the place is the associated data. */
export interface SecretBox {
  seal(secret: string, place: SecretPlace): string
  /** Throws AppError('conflict') when the value was sealed with another key, or was changed or moved. */
  open(sealed: string, place: SecretPlace): string
}

/** Reads or makes the key. A database without its key is refused: its secrets could never be opened again. */
export function openSecretBox({ keyFile, databaseIsNew }: { keyFile: string; databaseIsNew: boolean }): SecretBox {
  const key = readKey(keyFile, databaseIsNew)
  const keyId = createHash('sha256').update('meshwright key id').update(key).digest('hex').slice(0, 12)
  return {
    seal(secret, place) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(place))
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return ['v1', keyId, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open(sealed, place) {
      const [version, sealedWith, nonce, body] = sealed.split('.')
      if (version !== 'v1' || sealedWith !== keyId || !nonce || !body) throw unreadable(place, 'It was sealed with another key.')
      return decrypt({ key, nonce: Buffer.from(nonce, 'base64url'), body: Buffer.from(body, 'base64url'), place })
    },
  }
}

function readKey(file: string, databaseIsNew: boolean): Buffer {
  if (!existsSync(file)) {
    if (!databaseIsNew) throw keyProblem(file, 'The file is missing, and the database holds secrets that only this key opens.')
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  }
  chmodSync(file, 0o600)
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
  if (key.length !== 32) throw keyProblem(file, 'The file does not hold 32 bytes in base64.')
  return key
}

function keyProblem(file: string, cause: string): AppError {
  return new AppError('conflict', 'The key of the stored credentials cannot be read.', {
    cause: `${file}: ${cause}`,
    remedy:
      'Put the key file back from your copy. Without a copy: move meshwright.db away and start again; the clusters then have to be added again.',
  })
}

function decrypt({ key, nonce, body, place }: { key: Buffer; nonce: Buffer; body: Buffer; place: SecretPlace }): string {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(place)).setAuthTag(body.subarray(-16))
  try {
    return decipher.update(body.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')
  } catch (error) {
    throw unreadable(place, 'It was changed, or moved from another row.', error)
  }
}

function unreadable(place: SecretPlace, cause: string, from?: unknown): AppError {
  return new AppError('conflict', 'A stored credential cannot be opened.', {
    cause: `${place.table}.${place.column} of ${place.row}: ${cause}`,
    remedy: 'Enter the credential again: remove the cluster and add it once more.',
    from,
  })
}

function associatedData(place: SecretPlace): Buffer {
  return Buffer.from(`${place.table}|${place.column}|${place.row}`)
}
