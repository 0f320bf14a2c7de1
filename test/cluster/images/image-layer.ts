import { readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import type { TarEntry } from './tar-stream.js'

/** One thing to put into a layer. A later part replaces what an earlier one put at the same path. */
export type LayerPart = () => Promise<TarEntry[]>

/** A host file at `path`. */
export function file(from: string, path: string, mode = 0o755): LayerPart {
  return async () => [{ type: 'file', path, mode, from }]
}

export function text(path: string, content: string): LayerPart {
  return async () => [{ type: 'text', path, mode: 0o644, content }]
}

export function directory(path: string, mode = 0o755): LayerPart {
  return async () => [{ type: 'directory', path, mode }]
}

export function link(path: string, target: string): LayerPart {
  return async () => [{ type: 'link', path, target }]
}

/** A dynamic executable of the host with all its shared libraries, these at their own paths. */
export function program(from: string, path = from): LayerPart {
  return async () => {
    const { stdout } = await execa('ldd', [from])
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => library)
    const entries = await Promise.all([[from, path] as const, ...libraries.map((library) => [library, library] as const)].map(executable))
    return entries
  }
}

/** The files and links directly in a host folder. */
export function folder(from: string, path = from): LayerPart {
  return async () => {
    const names = (await readdir(from, { withFileTypes: true })).filter((entry) => !entry.isDirectory())
    return Promise.all(
      names.map(async (entry): Promise<TarEntry> => {
        const [source, target] = [join(from, entry.name), join(path, entry.name)]
        return entry.isSymbolicLink()
          ? { type: 'link', path: target, target: await readlink(source) }
          : { type: 'file', path: target, mode: 0o644, from: source }
      }),
    )
  }
}

/** A host folder with everything below it, but for folders of the name `except`. */
export function tree(from: string, path = from, { except }: { except?: string } = {}): LayerPart {
  return async () => {
    const entries = await readdir(from, { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== except)
    const below = folders.map(({ name }) => tree(join(from, name), join(path, name), { ...(except ? { except } : {}) })())
    return [...(await folder(from, path)()), ...(await Promise.all(below)).flat()]
  }
}

/** Puts parts together, adds the parent folders, and sorts: parents come before their children. */
export async function layerOf(parts: readonly LayerPart[]): Promise<TarEntry[]> {
  const byPath = new Map<string, TarEntry>()
  for (const entries of await Promise.all(parts.map((part) => part()))) {
    for (const entry of entries) byPath.set(entry.path, entry)
  }
  for (const path of [...byPath.keys()]) {
    for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { type: 'directory', path: parent, mode: 0o755 })
    }
  }
  const sorted = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return sorted.map((entry) => ({ ...entry, path: entry.path.slice(1) }))
}

// Links such as /lib/…/libcurl.so.4 must become the file itself.
async function executable([from, path]: readonly [string, string]): Promise<TarEntry> {
  return { type: 'file', path, mode: 0o755, from: await realpath(from) }
}
