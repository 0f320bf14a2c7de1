import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import semver from 'semver'
import { describe, expect, it } from 'vitest'
import { isMap, isScalar, parse, parseDocument } from 'yaml'
import { z } from 'zod'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import { readChartDefaults } from '../../adapters/runtime/chart-traits.js'
import { chooseComponents, deepMerge } from '../../adapters/runtime/components.js'
import { valueAt } from '../../adapters/runtime/values-at-paths.js'
import { meshAdapters } from '../support/mesh-descriptions.js'
import { findShared, isMissing } from '../support/missing-tool.js'
import { definitionsOf, imagesOf, pullSecretsOf, type RenderedChart, rendersText } from '../support/rendered-charts.js'

interface ChartEntry {
  version: string
  appVersion: string
  kubeVersion?: string
}

const index = (): Record<string, ChartEntry[]> => parse(readFileSync(join(findShared() ?? '', 'charts', 'index.yaml'), 'utf8')).entries
const adapters = meshAdapters.filter(({ catalog }) => catalog.versions.length > 0).map(({ catalog }) => [catalog.mesh, catalog] as const)

describe.skipIf(isMissing('helm') || isMissing('shared'))('what catalogues say of the real charts', () => {
  it.each(adapters)('%s has the versions that its charts have, by the names that they give them', (_mesh, catalog) => {
    for (const { chart } of catalog.components) {
      const entries = index()[chart] ?? []
      expect(entries.map(({ version }) => version).sort(), chart).toEqual(catalog.versions.map(({ version }) => version).sort())
      const main = entries.filter(({ appVersion }) => appVersion !== undefined && appVersion !== '')
      for (const { version, appVersion } of main) {
        const known = catalog.versions.find((one) => one.version === version)
        expect(known?.appVersion || version, `${chart} ${version}`).toBe(appVersion)
      }
    }
  })

  it.each(adapters)('%s names every definition that its charts bring', (_mesh, catalog) => {
    const rendered = catalog.versions.flatMap(({ version }) =>
      chooseComponents(catalog, { components: {} }, { version, namespace: catalog.namespace }).flatMap((instance) =>
        definitionsOf({ ...instance, chart: instance.component.chart, set: asFlags(instance.values) }),
      ),
    )
    // Those of the Gateway API are nobody's own, whoever brings them.
    const own = rendered.filter((name) => !name.endsWith('.gateway.networking.k8s.io'))
    expect([...new Set(own)].sort()).toEqual(catalog.customResources)
  })

  it.each(adapters)('%s sets for platforms only what its charts know', async (_mesh, catalog) => {
    for (const { version } of catalog.versions) {
      for (const { platform, components, values } of catalog.platforms) {
        const charts = catalog.components.filter(({ component }) => components.includes(component)).map(({ chart }) => chart)
        for (const chart of charts) {
          const defaults = await readChartDefaults(join(findShared() ?? '', 'charts', `${chart}-${version}.tgz`))
          const known = { ...defaults, ...Object(defaults._internal_defaults_do_not_set) }
          const paths = asFlags(values).map((flag) => flag.slice(0, flag.indexOf('=')).replace(/\.envVars\..*/, '.envVars'))
          expect(
            paths.filter((path) => valueAt(known, path) === undefined && !unlisted.includes(path)),
            `${chart} ${version} on ${platform}`,
          ).toEqual([])
        }
      }
    }
  })

  it.each(adapters)('%s takes every image from a registry of its own when it is asked to, and names its pull secrets', (_mesh, catalog) => {
    for (const { version } of catalog.versions) {
      const components = Object.fromEntries(catalog.components.map(({ component }) => [component, {}]))
      const parameters = { components, images: { registry: 'registry.example:5000/copies', pullSecrets: ['ours'] } }
      for (const instance of chooseComponents(catalog, parameters, { version, namespace: catalog.namespace })) {
        const chart: RenderedChart = { ...instance, chart: instance.component.chart, set: asFlags(instance.values) }
        const elsewhere = imagesOf(chart).filter((image) => image !== 'auto' && !image.startsWith('registry.example:5000/copies/'))
        expect(elsewhere, `${chart.chart} ${version}`).toEqual([])
        const named = instance.component.imageValues.pullSecrets === '' ? [] : ['ours']
        expect([...new Set(pullSecretsOf(chart))], `${chart.chart} ${version}`).toEqual(named)
      }
    }
  })

  it.each(adapters)('%s asks in its forms for values that its charts have, and says what they are without it', async (_mesh, catalog) => {
    for (const { chart, form } of catalog.components) {
      for (const { version } of catalog.versions) {
        const values = await readChartDefaults(packageOf(chart, version))
        const defaults = z.record(z.string(), z.json()).parse(values._internal_defaults_do_not_set ?? values)
        for (const { path, ...field } of form.filter((each) => each.default !== undefined)) {
          const [first = '', ...rest] = path.split('.')
          const found = rest.reduce<unknown>((inner, key) => Object(inner)[key], defaults[first])
          expect([path, found], `${chart} ${version}`).toEqual([path, field.default])
        }
      }
    }
  })

  it.each(adapters)('%s calls deprecated what its charts call so, from the version on that does', (_mesh, catalog) => {
    for (const { chart, deprecatedValues } of catalog.components) {
      for (const { version } of catalog.versions) {
        const said = deprecatedValues.filter(({ path, source }) => {
          const text = execFileSync('tar', ['-xzOf', packageOf(chart, version), `${chart}/${source}`], { encoding: 'utf8' })
          return source === 'values.yaml' ? /deprecated/i.test(commentAbove(text, path)) : text.includes(`"${path}" "`)
        })
        const known = deprecatedValues.filter(({ since }) => since === '' || semver.gte(version, since))
        expect(
          said.map(({ path }) => path),
          `${chart} ${version}`,
        ).toEqual(known.map(({ path }) => path))
      }
    }
  })

  it('Linkerd is highly available by what its own chart calls so', () => {
    const field = linkerdCatalog.components.flatMap(({ form }) => form).find(({ path }) => path === 'highAvailability')
    for (const { version } of linkerdCatalog.versions) {
      const file = 'linkerd-control-plane/values-ha.yaml'
      const text = execFileSync('tar', ['-xzOf', packageOf('linkerd-control-plane', version), file], { encoding: 'utf8' })
      expect({ ...field?.also, highAvailability: true }).toEqual(parse(text))
    }
  })

  it.each([
    ['linkerd', 'linkerd-heartbeat', { before: true, after: false }],
    ['kuma', 'KUMA_REPORTS_ENABLED', { before: false, after: true }],
    ['consul', '"disable_update_check": true', { before: false, after: true }],
  ])('%s stops sending home by the values that say so', (mesh, text, { before, after }) => {
    const catalog = adapters.find(([each]) => each === mesh)?.[1]
    if (catalog === undefined) throw new Error(`there is no ${mesh}`)
    for (const { component, off } of catalog.phoneHome) {
      for (const { version } of catalog.versions) {
        const instances = chooseComponents(catalog, {}, { version, namespace: catalog.namespace })
        const instance = instances.find((each) => each.component.component === component)
        if (instance === undefined) throw new Error(`${mesh} has no ${component}`)
        const chart: RenderedChart = { ...instance, chart: instance.component.chart }
        expect(rendersText(chart, text), `${version} as it is`).toBe(before)
        expect(rendersText({ ...chart, values: deepMerge(chart.values ?? {}, off) }, text), `${version} turned off`).toBe(after)
      }
    }
    expect(catalog.phoneHome).not.toEqual([])
  })
})

function packageOf(chart: string, version: string): string {
  return join(findShared() ?? '', 'charts', `${chart}-${version}.tgz`)
}
// Their templates read them, and their values.yaml does not list them.
const unlisted = ['global.platform', 'cni.containerSecurityContext.privileged']

/** Values as `--set` takes them. */
function asFlags(values: Record<string, unknown>, path = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const at = `${path}${key}`
    if (Array.isArray(value))
      return value.flatMap((item, n) => (typeof item === 'string' ? [`${at}[${n}]=${item}`] : asFlags(item, `${at}[${n}].`)))
    return typeof value === 'object' && value !== null ? asFlags(value as Record<string, unknown>, `${at}.`) : [`${at}=${value}`]
  })
}

/** The lines of comment right above a key of a values.yaml. */
function commentAbove(text: string, path: string): string {
  const keys = path.split('.')
  const map = parseDocument(text).getIn(keys.slice(0, -1))
  const found = isMap(map) ? map.items.map(({ key }) => key).find((key) => isScalar(key) && key.value === keys.at(-1)) : undefined
  if (!isScalar(found)) return ''
  const above = text.slice(0, found.range?.[0]).split('\n').slice(0, -1)
  const last = above.findLastIndex((line) => !line.trimStart().startsWith('#'))
  return above.slice(last + 1).join('\n')
}
