import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { OperationArtifact } from '../../contract/operation.js'
import { pageOf } from '../../contract/page.js'
import { Id } from '../../contract/primitives.js'
import { AppError } from '../errors.js'
import type { HttpServer } from '../http/http-server.js'
import type { ArtifactRow } from './operation-artifact-store.js'
import type { OperationDeps } from './operation-deps.js'
import { findOperation } from './record-progress.js'

const tags = ['operations']
const Params = z.strictObject({ id: Id })
const FileParams = z.strictObject({ id: Id, name: z.string().max(200) })

type ArtifactDeps = Pick<OperationDeps, 'operations' | 'artifacts'>

/** The files that operations handed to the user. */
export function registerArtifacts(http: HttpServer, deps: ArtifactDeps): void {
  http.get(
    '/api/v1/operations/:id/artifacts',
    {
      schema: {
        tags,
        summary: 'Files that an operation kept for you',
        params: Params,
        response: { 200: pageOf(OperationArtifact, 'OperationArtifactPage') },
      },
    },
    async ({ params: { id } }) => {
      const items = deps.artifacts.list(findOperation(deps, id).id).map(viewArtifact)
      return { items, total: items.length }
    },
  )

  http.get(
    '/api/v1/operations/:id/artifacts/:name',
    { schema: { tags, summary: 'One of these files, as it is', params: FileParams, produces: ['application/yaml'] } },
    async ({ params: { id, name } }, reply) => {
      const row = findArtifact(deps, id, name)
      if (row.once) {
        const remedy = `POST /api/v1/operations/${id}/artifacts/${name}/take fetches it, and the server forgets it then.`
        throw new AppError('illegal-transition', 'This file is a secret that can be fetched one time.', { remedy })
      }
      return sendArtifact(deps, row, reply)
    },
  )

  http.post(
    '/api/v1/operations/:id/artifacts/:name/take',
    {
      schema: {
        tags,
        summary: 'A file that is a secret; the server forgets its content once it was sent',
        params: FileParams,
        produces: ['application/x-pem-file'],
      },
      // Whoever lost the connection may ask again; so may everybody when it cannot be forgotten, which the log tells.
      onResponse: async ({ params: { id, name } }, { raw }) => {
        if (raw.statusCode === 200 && raw.writableFinished) deps.artifacts.take(id, name)
      },
    },
    async ({ params: { id, name } }, reply) => {
      const row = findArtifact(deps, id, name)
      if (!row.once) {
        const remedy = `GET /api/v1/operations/${id}/artifacts/${name} fetches it.`
        throw new AppError('illegal-transition', 'This file is no secret, and is kept.', { remedy })
      }
      if (row.takenAt !== null) {
        const cause = `It was fetched at ${new Date(row.takenAt).toISOString()}, and the server forgot it then.`
        throw new AppError('illegal-transition', 'This file can be fetched one time.', { cause, remedy: 'Ask who fetched it.' })
      }
      return sendArtifact(deps, row, reply)
    },
  )
}

function findArtifact(deps: ArtifactDeps, id: string, name: string): ArtifactRow {
  const row = deps.artifacts.find(findOperation(deps, id).id, name)
  if (row !== undefined) return row
  const remedy = `GET /api/v1/operations/${id}/artifacts lists its files.`
  throw new AppError('not-found', 'The operation has no such file.', { remedy })
}

function sendArtifact({ artifacts }: ArtifactDeps, { operation, name, mediaType, sha256 }: ArtifactRow, reply: FastifyReply): FastifyReply {
  return reply
    .type(mediaType)
    .headers({ etag: `"${sha256}"`, 'content-disposition': `attachment; filename="${name}"` })
    .send(Buffer.concat(artifacts.content(operation, name)))
}

function viewArtifact({ name, mediaType, bytes, sha256, once, takenAt, createdAt }: ArtifactRow): OperationArtifact {
  const at = takenAt === null ? {} : { takenAt: new Date(takenAt).toISOString() }
  return { name, mediaType, bytes, sha256: sha256 ?? '', once, ...at, createdAt: new Date(createdAt).toISOString() }
}
