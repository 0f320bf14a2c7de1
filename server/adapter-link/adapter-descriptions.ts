import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Reads `<adapters dir>/<mesh>/description.json` of every adapter that was built, sorted by mesh id. */
export async function readDescriptions(adaptersDir: string): Promise<MeshDescription[]> {
  const folders = await readdir(adaptersDir, { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory() && entry.name !== 'runtime').map((entry) => entry.name)
  return Promise.all(names.sort().map((name) => readDescription(join(adaptersDir, name))))
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
