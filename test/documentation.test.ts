import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const pages = [
  'README.md',
  'docs/architecture.md',
  'docs/decisions.md',
  'docs/api.md',
  'docs/style.md',
  'adapters/README.md',
  'test/cluster/README.md',
]
// Made by the build, by an installation or by a run: not there in a fresh clone.
const madeLater = /^(dist|node_modules|proto\/gen|ui\/gen|test\/bench\/results)\b/

describe('the documentation', () => {
  it.each(pages)('%s names only files that exist', (page) => {
    const text = readFileSync(page, 'utf8').replace(/^## \d+\. Doors$[\s\S]*/m, '')
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => join(dirname(page), target))
    const named = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\/?)`/g)].map(([, path = '']) => path)
    const ours = named.filter((path) => existsSync(path.split('/', 1)[0] ?? '') && !madeLater.test(path))
    expect([...links, ...ours].filter((path) => !existsSync(path))).toEqual([])
  })

  it.each(pages)('%s names only commands of package.json', (page) => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const shown = [...readFileSync(page, 'utf8').matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name)
    expect(shown.filter((name) => !scripts[name ?? ''])).toEqual([])
  })

  it('refers to chapters of the architecture that exist', () => {
    const chapters = [...readFileSync('docs/architecture.md', 'utf8').matchAll(/^## (\d+)\. /gm)].map(([, number]) => number)
    const named = pages.flatMap((page) => [...readFileSync(page, 'utf8').matchAll(/§(\d+)/g)].map(([, number]) => number))
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((number) => !chapters.includes(number))).toEqual([])
  })
})
