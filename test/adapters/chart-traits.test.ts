import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { create } from 'tar'
import { describe, expect, it } from 'vitest'
import { readChartTraits } from '../../adapters/runtime/chart-traits.js'

describe('What a chart does', () => {
  it.each([
    ['makes a certificate', '{{- $ca := genCA "mesh" 365 -}}', { makesRandom: true, asksForApis: false }],
    ['makes it over several lines', 'key: {{ include "x" . |\n  default (randAlphaNum 8) }}', { makesRandom: true, asksForApis: false }],
    ['asks for an API', '{{ if .Capabilities.APIVersions.Has "v1/Pod" }}', { makesRandom: false, asksForApis: true }],
    ['only tells of it', 'description: the time of now, by genCA\n{{ .Values.text }}', { makesRandom: false, asksForApis: false }],
    ['only tells of it in a comment', '{{- /* genCA of .Capabilities.APIVersions */ -}}', { makesRandom: false, asksForApis: false }],
  ])('is told by its templates: one %s', async (_, template, traits) => {
    const folder = await mkdtemp(join(tmpdir(), 'mw-traits-'))
    const file = 'mesh/templates/all.yaml'
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), template)
    await create({ gzip: true, cwd: folder, file: join(folder, 'mesh.tgz') }, [file])
    expect(await readChartTraits(join(folder, 'mesh.tgz'))).toEqual(traits)
    await rm(folder, { recursive: true })
  })
})
