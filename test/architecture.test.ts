import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  commentPercent,
  escapes,
  exportedNames,
  findEscapes,
  isBarrel,
  isKebabCase,
  linesOfFile,
  type Measured,
  measureFunctions,
  percentile,
  perThousandLines,
  sharedNames,
} from './support/code-measures.js'
import { foreignTexts } from './support/foreign-texts.js'
import { judgeImport } from './support/import-matrix.js'
import { importCycles, importsOf } from './support/imports.js'
import { isTest, listFiles, readSources } from './support/source-files.js'

// The layout and the budgets of docs/architecture.md and docs/style.md, read from the code. Each rule is seen red in architecture-rules.test.ts.

const paths = listFiles()
const sources = readSources(paths)
const known = new Set(sources.map(({ path }) => path))
// Configuration at the top belongs to tools and to no process.
const production = sources.filter((file) => !isTest(file) && file.path.includes('/'))
const tests = sources.filter(isTest)

describe('imports', () => {
  const imports = production.flatMap((file) => importsOf(file, known))

  it('flow one way through the layout', () => {
    const wrong = imports.flatMap((found) => {
      const why = judgeImport(found)
      return why === undefined ? [] : [`${found.from} → ${found.to}: ${why}`]
    })
    expect(wrong).toEqual([])
  })

  it('never go in a circle', () => {
    expect(importCycles(production)).toEqual([])
  })
})

describe('the environment', () => {
  it("is read by each process's config.ts only", () => {
    const places = findEscapes(production, escapes.processEnv)
    expect(places.filter((place) => !/^(server|adapters\/runtime|cli|sandbox)\/config\.ts:/.test(place))).toEqual([])
  })
})

describe('sizes', () => {
  const { functions, components } = measureFunctions(production)

  it('keep a file below 400 lines, and most below 250', () => {
    expectSizes(production.map(linesOfFile), { most: 250, all: 400 })
  })

  it('keep a test below 500 lines', () => {
    expectSizes(tests.map(linesOfFile), { most: 400, all: 500 })
  })

  it('keep a function below 80 lines, and most below 50', () => {
    expectSizes(functions, { most: 50, all: 80 })
  })

  it('keep a React component below 150 lines', () => {
    expectSizes(components, { most: 150, all: 150 })
  })

  it('keep a function at three parameters, then one object', () => {
    expect(findEscapes(production, escapes.manyParameters)).toEqual([])
  })

  it('keep most files at six exports', () => {
    expect(
      percentile(
        production.map((file) => exportedNames(file).size),
        0.95,
      ),
    ).toBeLessThanOrEqual(6)
  })
})

describe('escapes', () => {
  it('have no any and no non-null assertion', () => {
    expect(findEscapes(production, escapes.any)).toEqual([])
    expect(findEscapes(production, escapes.bang)).toEqual([])
  })

  it('have at most five type assertions per 1,000 lines', () => {
    expect(perThousandLines(findEscapes(production, escapes.as).length, production)).toBeLessThanOrEqual(5)
  })

  it('have at most four try statements per 1,000 lines', () => {
    expect(perThousandLines(findEscapes(production, escapes.try).length, production)).toBeLessThanOrEqual(4)
  })

  it('have no mocked module', () => {
    expect(findEscapes(sources, escapes.moduleMock)).toEqual([])
  })
})

describe('names', () => {
  it('are kebab-case', () => {
    expect(sources.map(({ path }) => path).filter((path) => !isKebabCase(path))).toEqual([])
  })

  it('belong to one file of a process each', () => {
    expect(sharedNames(production)).toEqual([])
  })

  it('say what a thing is: no utils, helpers, common, Manager or Service', () => {
    // The service that adapter.proto defines is what it is called.
    const named = production.map(({ path }) => path).filter((path) => path !== 'adapters/runtime/adapter-service.ts')
    expect(named.filter((path) => /(^|[/-])(utils?|helpers?|common|misc|managers?|services?)([/.-]|$)/.test(path))).toEqual([])
  })

  it('lead to the code itself: no file only passes on what others export', () => {
    expect(sources.filter(isBarrel).map(({ path }) => path)).toEqual([])
  })
})

describe('comments', () => {
  it('are 8 to 20 percent of the lines', () => {
    expect(commentPercent(production)).toBeGreaterThanOrEqual(8)
    expect(commentPercent(production)).toBeLessThanOrEqual(20)
  })
})

describe('tracked files', () => {
  it('name no folder of a machine and no package registry', () => {
    expect(foreignTexts(paths, (path) => readFileSync(path, 'utf8'))).toEqual([])
  })
})

function expectSizes(measured: Measured[], { most, all }: { most: number; all: number }): void {
  expect(measured.filter(({ lines }) => lines > all)).toEqual([])
  const lines = measured.map((one) => one.lines)
  expect(percentile(lines, 0.95)).toBeLessThanOrEqual(most)
}
