import { dirname, join } from 'node:path/posix'
import ts from 'typescript'
import { descendants, type SourceFile } from './source-files.js'

export interface Import {
  from: string
  /** What it names: a path of this repository, or a package. */
  to: string
  ours: boolean
  typeOnly: boolean
}

/** Static and dynamic imports and re-exports; a relative path is told from the root, `.js` as the `.ts` that it means. */
export function importsOf(file: SourceFile, known: ReadonlySet<string>): Import[] {
  return [...descendants(file.tree)].flatMap((node) => {
    const specifier = specifierOf(node)
    if (specifier === undefined) return []
    const ours = specifier.startsWith('.')
    const to = ours ? resolvePath(join(dirname(file.path), specifier), known) : specifier
    return [{ from: file.path, to, ours, typeOnly: isTypeOnly(node) }]
  })
}

/** Groups of files that import each other in a circle by value; type imports vanish when compiled. */
export function importCycles(files: SourceFile[]): string[][] {
  const known = new Set(files.map(({ path }) => path))
  const graph = new Map(
    files.map((file) => [
      file.path,
      importsOf(file, known)
        .filter(({ ours, typeOnly }) => ours && !typeOnly)
        .map(({ to }) => to),
    ]),
  )
  return cyclesOf(graph)
}

/** Strongly connected groups of more than one, and what points at itself (Tarjan). */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const low = new Map<string, number>()
  const open: string[] = []
  const cycles: string[][] = []
  let next = 0
  function visit(name: string): number {
    const index = next++
    let lowest = index
    low.set(name, index)
    open.push(name)
    for (const target of graph.get(name) ?? []) {
      if (!graph.has(target)) continue
      if (!low.has(target)) lowest = Math.min(lowest, visit(target))
      else if (open.includes(target)) lowest = Math.min(lowest, low.get(target) ?? lowest)
    }
    low.set(name, lowest)
    if (lowest === index) {
      const group = open.splice(open.indexOf(name))
      if (group.length > 1 || graph.get(name)?.includes(name)) cycles.push(group)
    }
    return lowest
  }
  for (const name of graph.keys()) if (!low.has(name)) visit(name)
  return cycles
}

function specifierOf(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return node.moduleSpecifier.text
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments
    return argument && ts.isStringLiteral(argument) ? argument.text : undefined
  }
  return undefined
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  if (!ts.isImportDeclaration(node) || !node.importClause) return false
  const { phaseModifier, name, namedBindings } = node.importClause
  if (phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly)
}

function resolvePath(path: string, known: ReadonlySet<string>): string {
  const candidates = [
    path,
    path.replace(/\.jsx?$/, '.ts'),
    path.replace(/\.jsx?$/, '.tsx'),
    `${path}.ts`,
    `${path}.tsx`,
    `${path}/index.ts`,
  ]
  return candidates.find((candidate) => known.has(candidate)) ?? path.replace(/\.js$/, '.ts')
}
