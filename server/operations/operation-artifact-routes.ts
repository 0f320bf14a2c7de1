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

/** The files that operations handed to the user. */
export function registerArtifacts(http: HttpServer, deps: Pick<OperationDeps, 'operations' | 'artifacts'>): void {
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
      const row = deps.artifacts.find(findOperation(deps, id).id, name)
      if (row === undefined) {
        const remedy = `GET /api/v1/operations/${id}/artifacts lists its files.`
        throw new AppError('not-found', 'The operation has no such file.', { remedy })
      }
      return reply
        .type(row.mediaType)
        .headers({ etag: `"${row.sha256}"`, 'content-disposition': `attachment; filename="${row.name}"` })
        .send(Buffer.concat(deps.artifacts.content(row.operation, row.name)))
    },
  )
}

function viewArtifact({ name, mediaType, bytes, sha256, createdAt }: ArtifactRow): OperationArtifact {
  return { name, mediaType, bytes, sha256: sha256 ?? '', createdAt: new Date(createdAt).toISOString() }
}
