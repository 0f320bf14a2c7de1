import { describe, expect, it } from 'vitest'
import {
  commentPercent,
  escapes,
  exportedNames,
  findEscapes,
  isBarrel,
  isKebabCase,
  measureFunctions,
  percentile,
  sharedNames,
} from './support/code-measures.js'
import { foreignTexts } from './support/foreign-texts.js'
import { judgeImport } from './support/import-matrix.js'
import { importCycles, importsOf } from './support/imports.js'
import { parseSource } from './support/source-files.js'

// Each rule of architecture.test.ts on a piece of code that breaks it, and on one that looks alike and does not.

describe('the import matrix refuses', () => {
  it.each([
    ['contract/plan.ts', 'kube/connection.ts'],
    ['kube/connection.ts', 'server/errors.ts'],
    ['cli/main.ts', 'server/main.ts'],
    ['server/clusters/add-cluster.ts', 'server/operations/operation-store.ts'],
    ['server/http/problem.ts', 'server/events/event-log.ts'],
    ['server/events/event-log.ts', 'server/clusters/cluster-store.ts'],
    ['server/operations/plan-operation.ts', 'server/app.ts'],
    ['server/app.ts', 'adapters/runtime/helm.ts'],
    ['adapters/istio/istio-adapter.ts', 'adapters/linkerd/linkerd-adapter.ts'],
    ['adapters/runtime/plan.ts', 'adapters/istio/istio-adapter.ts'],
    ['adapters/istio/main.ts', 'server/errors.ts'],
    ['ui/features/clusters/cluster-list.tsx', 'ui/features/meshes/mesh-page.tsx'],
    ['ui/components/table.tsx', 'ui/features/meshes/mesh-page.tsx'],
    ['ui/lib/api.ts', 'contract/plan.ts'],
    ['server/config.ts', 'test/support/missing-tool.ts'],
    ['elsewhere/thing.ts', 'contract/plan.ts'],
  ])('%s → %s', (from, to) => {
    expect(judgeImport({ from, to, ours: true, typeOnly: false })).toBeTypeOf('string')
  })

  it.each([
    ['server/operations/plan-operation.ts', '@grpc/grpc-js'],
    ['server/operations/plan-operation.ts', 'drizzle-orm'],
    ['adapters/runtime/plan.ts', 'better-sqlite3'],
    ['server/operations/plan-operation.ts', 'node:child_process'],
    ['server/operations/plan-operation.ts', 'execa'],
    ['cli/main.ts', 'react'],
  ])('%s → the package %s', (from, to) => {
    expect(judgeImport({ from, to, ours: false, typeOnly: false })).toBeTypeOf('string')
  })
})

describe('the import matrix lets through', () => {
  it.each([
    ['server/operations/plan-operation.ts', 'server/operations/plan-store.ts'],
    ['server/operations/plan-operation.ts', 'server/adapter-link/adapter-client.ts'],
    ['server/app.ts', 'server/operations/operation-routes.ts'],
    ['adapters/istio/istio-adapter.ts', 'adapters/runtime/plan.ts'],
    ['ui/features/clusters/cluster-list.tsx', 'ui/components/table.tsx'],
  ])('%s → %s', (from, to) => {
    expect(judgeImport({ from, to, ours: true, typeOnly: false })).toBeUndefined()
  })
})

describe('imports are found', () => {
  it('whether static, dynamic or passed on, with and without values', () => {
    const file = parseSource(
      'a/b.ts',
      "import x from '../c/d.js'\nimport type { T } from './e.js'\nexport { y } from './f.js'\nawait import('zod')",
    )
    const found = importsOf(file, new Set(['c/d.ts', 'a/e.ts', 'a/f.ts']))
    expect(found.map(({ to, ours, typeOnly }) => [to, ours, typeOnly])).toEqual([
      ['c/d.ts', true, false],
      ['a/e.ts', true, true],
      ['a/f.ts', true, false],
      ['zod', false, false],
    ])
  })

  it('in a circle of values, and not in one of types', () => {
    const circle = [
      parseSource('a.ts', "import { b } from './b.js'"),
      parseSource('b.ts', "import { c } from './c.js'"),
      parseSource('c.ts', "import { a } from './a.js'"),
    ]
    expect(importCycles(circle)).toEqual([['a.ts', 'b.ts', 'c.ts']])
    const types = [parseSource('a.ts', "import { b } from './b.js'"), parseSource('b.ts', "import type { a } from './a.js'")]
    expect(importCycles(types)).toEqual([])
  })
})

describe('an escape is found', () => {
  it.each([
    ['any', 'const x: any = 1', 'const any = 1'],
    ['bang', 'x!.y', '!x.y'],
    ['as', 'x as string', "['a'] as const"],
    ['try', 'try { f() } finally { g() }', 'f()'],
    ['moduleMock', "vi.mock('./x.js')", 'vi.fn()'],
    ['manyParameters', 'function f(a, b, c, d) {}', 'type F = (a: 1, b: 2, c: 3, d: 4) => void'],
    ['processEnv', 'process.env.HOME', 'config.env'],
    ['processEnv', "import { env } from 'node:process'", "import { env } from './config.js'"],
  ] as const)('%s: %s, and not: %s', (kind, guilty, innocent) => {
    expect(findEscapes([parseSource('a.ts', guilty)], escapes[kind])).toEqual(['a.ts:1'])
    expect(findEscapes([parseSource('a.ts', innocent)], escapes[kind])).toEqual([])
  })
})

describe('sizes are told', () => {
  it('of functions and of components apart', () => {
    const body = '\n'.repeat(10)
    const file = parseSource('a.tsx', `function Panel() {${body}}\nconst helper = () => {${body}}`)
    const { functions, components } = measureFunctions([file])
    expect(components).toEqual([{ place: 'a.tsx:1 Panel', lines: 11 }])
    expect(functions).toEqual([{ place: 'a.tsx:12 helper', lines: 11 }])
  })

  it('by the value that few pass', () => {
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 0.95)).toBe(100)
    expect(percentile([...Array(99).fill(1), 100], 0.95)).toBe(1)
  })

  it('of what a file exports, a type and its schema as one', () => {
    const file = parseSource('a.ts', 'export const A = 1\nexport type A = 1\nexport function b() {}\nexport { c, d }\nconst e = 1')
    expect([...exportedNames(file)]).toEqual(['A', 'b', 'c', 'd'])
  })

  it('of comments, in percent of the lines that are not blank', () => {
    expect(commentPercent([parseSource('a.ts', '// why\n\na()\nb()\n/** what */')])).toBe(50)
  })
})

describe('a name is refused', () => {
  it('when it is not kebab-case', () => {
    expect(['a/startServer.ts', 'a/Start.tsx', 'a/start_server.ts'].filter(isKebabCase)).toEqual([])
    expect(['a/start-server.ts', 'a/x.process.test.ts', 'vite.config.ts'].filter(isKebabCase)).toHaveLength(3)
  })

  it('when two files of a process have it, except main and config', () => {
    const files = ['adapters/istio/main.ts', 'adapters/kuma/main.ts', 'a/plan.ts', 'b/plan.ts', 'a/x/plan.tsx'].map((path) =>
      parseSource(path, ''),
    )
    expect(sharedNames(files)).toEqual(['a/plan.ts and a/x/plan.tsx'])
  })

  it('when the file only passes on what others export', () => {
    expect(isBarrel(parseSource('a/all.ts', "export * from './b.js'\nexport { c } from './c.js'"))).toBe(true)
    expect(isBarrel(parseSource('a/index.ts', 'const x = 1'))).toBe(true)
    expect(isBarrel(parseSource('a/b.ts', "export { c } from './c.js'\nexport const d = 1"))).toBe(false)
  })
})

describe('a text of somebody’s machine is found', () => {
  it.each(['cd /root' + '/x', 'at "/home' + '/bob/x"', 'get https://registry' + '.npmjs.org/x', 'https://proxy' + '.golang.org'])(
    '%s',
    (text) => {
      expect(foreignTexts(['a.md'], () => `first\n${text}`)).toHaveLength(1)
    },
  )

  it('and a path that only looks alike is not', () => {
    expect(foreignTexts(['a.md'], () => 'see server/root/x and https://example.org/home/x')).toEqual([])
    expect(foreignTexts(['a.md'], () => '"/home/kubernetes/bin"')).toEqual([])
  })
})
