import ts from 'typescript'
import { descendants, placeOf, type SourceFile } from './source-files.js'

export interface Measured {
  place: string
  lines: number
}

/** Functions of more than two lines; React components apart: they are mostly markup. */
export function measureFunctions(files: SourceFile[]): { functions: Measured[]; components: Measured[] } {
  const functions: Measured[] = []
  const components: Measured[] = []
  for (const file of files) {
    for (const node of descendants(file.tree)) {
      if (!isFunctionWithBody(node)) continue
      const measured = { place: `${placeOf(file, node)} ${nameOf(node)}`, lines: linesOf(file, node) }
      if (file.path.endsWith('.tsx') && /^[A-Z]/.test(nameOf(node))) components.push(measured)
      else if (measured.lines > 2) functions.push(measured)
    }
  }
  return { functions, components }
}

export function linesOfFile({ path, text }: SourceFile): Measured {
  return { place: path, lines: text.split('\n').length }
}

/** The value that so many of them do not pass. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const escapes = {
  any: (node: ts.Node) => node.kind === ts.SyntaxKind.AnyKeyword,
  bang: (node: ts.Node) => ts.isNonNullExpression(node),
  as: (node: ts.Node) => ts.isAsExpression(node) && node.type.getText() !== 'const',
  try: (node: ts.Node) => ts.isTryStatement(node),
  moduleMock: (node: ts.Node) => ts.isCallExpression(node) && /^(vi|jest)\.(mock|doMock)$/.test(node.expression.getText()),
  manyParameters: (node: ts.Node) => isFunctionWithBody(node) && node.parameters.length > 3,
  processEnv: (node: ts.Node) =>
    (ts.isPropertyAccessExpression(node) && node.getText() === 'process.env') ||
    (ts.isImportSpecifier(node) && node.getText() === 'env' && node.parent.parent.parent.moduleSpecifier.getText().includes('process')),
} satisfies Record<string, (node: ts.Node) => boolean>

/** Where a kind of escape stands. */
export function findEscapes(files: SourceFile[], is: (node: ts.Node) => boolean): string[] {
  return files.flatMap((file) => [...descendants(file.tree)].filter(is).map((node) => placeOf(file, node)))
}

export function perThousandLines(count: number, files: SourceFile[]): number {
  const lines = files.reduce((sum, { text }) => sum + text.split('\n').filter((line) => line.trim() !== '').length, 0)
  return (count * 1000) / lines
}

/** Share of non-blank lines that are comments, in percent. */
export function commentPercent(files: SourceFile[]): number {
  const comments = files.reduce((sum, { text }) => sum + text.split('\n').filter((line) => /^\s*(\/\/|\/\*|\*)/.test(line)).length, 0)
  return perThousandLines(comments, files) / 10
}

/** Names that a file exports; a type and a value of one name are one. */
export function exportedNames({ tree }: SourceFile): Set<string> {
  const names = tree.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      return statement.exportClause && ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map(({ name }) => name.text)
        : ['*']
    }
    if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
    return [nameOf(statement)]
  })
  return new Set(names)
}

/** A file that only passes on what others export hides where things are. */
export function isBarrel({ path, tree }: SourceFile): boolean {
  const onlyPassesOn =
    tree.statements.length > 0 && tree.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier)
  return onlyPassesOn || /(^|\/)index\.tsx?$/.test(path)
}

/** Lower-case words with dashes, then what kind of file it is. */
export function isKebabCase(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(tsx?|mts)$/.test(name)
}

/** Files of one top-level folder that share a name: a reader who searches for one finds two. */
export function sharedNames(files: SourceFile[]): string[] {
  const perProcess = new Set(['main', 'config'])
  const byName = new Map<string, string[]>()
  for (const { path } of files) {
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.tsx?$/, '')
    const key = `${path.split('/', 1)[0]} ${name}`
    if (!perProcess.has(name)) byName.set(key, [...(byName.get(key) ?? []), path])
  }
  return [...byName.values()].filter((same) => same.length > 1).map((same) => same.join(' and '))
}

type FunctionWithBody = ts.FunctionLikeDeclaration & { body: ts.Node }

function isFunctionWithBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function linesOf({ tree }: SourceFile, node: ts.Node): number {
  const lineAt = (position: number) => tree.getLineAndCharacterOfPosition(position).line
  return lineAt(node.end) - lineAt(node.getStart()) + 1
}

function nameOf(node: ts.Node): string {
  const named = [node, node.parent].find((candidate) => candidate && 'name' in candidate && candidate.name)
  return named && 'name' in named && isNode(named.name) ? named.name.getText() : '(callback)'
}

function isNode(value: unknown): value is ts.Node {
  return typeof value === 'object' && value !== null && 'getText' in value
}
