import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Catalog } from '../../adapters/runtime/catalog.js'
import { foreignMarks } from '../../adapters/runtime/foreign-marks.js'
import { joinModes, markChange, revisionMark, type Wish } from '../../adapters/runtime/membership-marks.js'

const catalogs = new Map(
  readdirSync('adapters', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'runtime')
    .map(({ name }) => [name, Catalog.parse(JSON.parse(readFileSync(`adapters/${name}/catalog.json`, 'utf8')))]),
)
const istio = catalogs.get('istio') ?? fail()
const join = (more: Partial<Extract<Wish, { to: 'join' }>> = {}): Wish => ({ to: 'join', mode: 'sidecar', revision: '', ...more })

function fail(): never {
  throw new Error('there is no such catalogue')
}

it('writes the one mark of a join and takes every other one away, because istio-injection beats istio.io/rev', () => {
  expect(markChange(istio, { scope: 'namespace', metadata: {} }, join())).toEqual({ labels: { 'istio-injection': 'enabled' } })
  expect(
    markChange(istio, { scope: 'namespace', metadata: { labels: { 'istio-injection': 'enabled' } } }, join({ revision: 'canary' })),
  ).toEqual({
    labels: { 'istio-injection': null, 'istio.io/rev': 'canary' },
  })
  expect(markChange(istio, { scope: 'namespace', metadata: { labels: { 'istio.io/rev': 'canary' } } }, join())).toEqual({
    labels: { 'istio-injection': 'enabled', 'istio.io/rev': null },
  })
  expect(markChange(istio, { scope: 'namespace', metadata: { labels: { 'istio.io/rev': 'canary' } } }, join({ mode: 'ambient' }))).toEqual({
    labels: { 'istio.io/rev': null, 'istio.io/dataplane-mode': 'ambient' },
  })
  expect(
    markChange(istio, { scope: 'namespace', metadata: { labels: { 'istio-injection': 'disabled' } } }, join({ revision: 'canary' })),
  ).toEqual({
    labels: { 'istio-injection': null, 'istio.io/rev': 'canary' },
  })
})

it('changes nothing where the marks say it already', () => {
  expect(
    markChange(istio, { scope: 'namespace', metadata: { labels: { 'istio-injection': 'enabled', team: 'a' } } }, join()),
  ).toBeUndefined()
  expect(markChange(istio, { scope: 'namespace', metadata: { labels: { team: 'a' } } }, { to: 'leave' })).toBeUndefined()
})

it('takes away what asks for the mesh and leaves an opt-out as it is', () => {
  const labels = { 'istio-injection': 'enabled', 'istio.io/dataplane-mode': 'none', team: 'a' }
  expect(markChange(istio, { scope: 'namespace', metadata: { labels } }, { to: 'leave' })).toEqual({ labels: { 'istio-injection': null } })
  expect(markChange(istio, { scope: 'pod', metadata: { labels: { 'sidecar.istio.io/inject': 'true' } } }, { to: 'leave' })).toEqual({
    labels: { 'sidecar.istio.io/inject': null },
  })
  expect(markChange(istio, { scope: 'pod', metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } }, { to: 'leave' })).toBeUndefined()
  expect(markChange(istio, { scope: 'pod', metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } }, join())).toBeUndefined()
})

it('marks pod templates of a mesh that marks pods only', () => {
  const consul = Catalog.parse({
    ...{ mesh: 'consul', title: 'Consul', lifecycle: 'active', features: [] },
    injectionMarks: [
      {
        ...{ kind: 'desired', scope: 'pod', carrier: 'annotation', key: 'consul.hashicorp.com/connect-inject', mode: 'sidecar' },
        ...{ valuesIn: ['true'], valuesOut: ['false'], write: 'true' },
      },
    ],
  })
  expect(markChange(consul, { scope: 'namespace', metadata: {} }, join())).toBeUndefined()
  expect(markChange(consul, { scope: 'pod', metadata: {} }, join())).toEqual({
    annotations: { 'consul.hashicorp.com/connect-inject': 'true' },
  })
  const annotations = { 'consul.hashicorp.com/connect-inject': 'true' }
  expect(markChange(consul, { scope: 'pod', metadata: { annotations } }, { to: 'leave' })).toEqual({
    annotations: { 'consul.hashicorp.com/connect-inject': null },
  })
})

it('knows modes and revisions of a mesh from its catalogue', () => {
  expect(joinModes(istio)).toEqual(['sidecar', 'ambient'])
  expect(revisionMark(istio)?.key).toBe('istio.io/rev')
  const kuma = catalogs.get('kuma') ?? fail()
  expect([joinModes(kuma), revisionMark(kuma)]).toEqual([['sidecar'], undefined])
})

it.each([...catalogs.values()])('$title: other adapters see that a namespace is its member already', (catalog) => {
  for (const mode of joinModes(catalog)) {
    for (const revision of revisionMark(catalog)?.mode === mode ? ['', 'canary'] : ['']) {
      const change = markChange(catalog, { scope: 'namespace', metadata: {} }, join({ mode, revision }))
      if (change === undefined) continue
      const text = { labels: texts(change.labels), annotations: texts(change.annotations) }
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', ...text } }
      expect(foreignMarks('another', namespace).map(({ mesh }) => mesh)).toEqual([catalog.mesh])
      expect(foreignMarks(catalog.mesh, namespace)).toEqual([])
    }
  }
})

function texts(values: Record<string, string | null> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
}
