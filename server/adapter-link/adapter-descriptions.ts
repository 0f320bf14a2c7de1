import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  type Action,
  GetInfoResponse,
  ListActionsResponse,
  ListVersionsResponse,
  type Version,
} from '../../proto/gen/meshwright/adapter/v1/adapter.js'

/** What the build wrote about an adapter: everything that needs no running process. */
export interface MeshDescription {
  mesh: string
  mainFile: string
  info: GetInfoResponse
  versions: Version[]
  actions: Action[]
}

/** Reads `description.json` of every adapter that was built, also of those in the folder of another, sorted by mesh id. */
export async function readDescriptions(adaptersDir: string): Promise<MeshDescription[]> {
  const files = await readdir(adaptersDir, { recursive: true })
  const folders = files.filter((file) => basename(file) === 'description.json').map((file) => join(adaptersDir, dirname(file)))
  const descriptions = await Promise.all(folders.map(readDescription))
  return descriptions.sort((one, other) => one.mesh.localeCompare(other.mesh))
}

async function readDescription(folder: string): Promise<MeshDescription> {
  const json: Record<string, unknown> = JSON.parse(await readFile(join(folder, 'description.json'), 'utf8'))
  const info = GetInfoResponse.fromJSON(json.info)
  return {
    mesh: info.mesh,
    mainFile: join(folder, 'adapter.js'),
    info,
    versions: ListVersionsResponse.fromJSON(json.versions).versions,
    actions: ListActionsResponse.fromJSON(json.actions).actions,
  }
}
