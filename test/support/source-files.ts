import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import ts from 'typescript'

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string
  text: string
  tree: ts.SourceFile
}

/** Paths of the files that git tracks or would track. */
export function listFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    encoding: 'utf8',
  })
  const deleted = new Set(execFileSync('git', ['ls-files', '-z', '--deleted'], { encoding: 'utf8' }).split('\0'))
  return listed.split('\0').filter((path) => path !== '' && !deleted.has(path))
}

/** The TypeScript among them, parsed. Generated code is not tracked. */
export function readSources(paths: string[]): SourceFile[] {
  return paths
    .filter((path) => /\.(ts|tsx|mts)$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => parseSource(path, readFileSync(path, 'utf8')))
}

export function parseSource(path: string, text: string): SourceFile {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind) }
}

export function isTest({ path }: Pick<SourceFile, 'path'>): boolean {
  return path.startsWith('test/') || /\.(test|spec)\.tsx?$/.test(path)
}

/** Every node below, in the order of the text. */
export function* descendants(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* descendants(child)
}

/** `server/app.ts:12`, as editors open it. */
export function placeOf({ path, tree }: SourceFile, node: ts.Node): string {
  return `${path}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}
