import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { istioCharts } from '../../adapters/istio/istio-charts.js'
import { kumaCharts } from '../../adapters/kuma/kuma-charts.js'
import type { ChartMesh } from '../../adapters/runtime/chart-mesh.js'
import type { Call, Scene } from '../../adapters/runtime/mesh-adapter.js'
import { placeWanted } from '../../adapters/runtime/place-wanted.js'
import type { KubeObject } from '../../kube/kube-object.js'

type Values = Record<string, unknown>

interface Revision {
  status: string
  values: Values
}

/** The records of one release as helm keeps them, the oldest first. */
function recordsOf(release: { name: string; chart: string; version: string }, revisions: readonly Revision[]): KubeObject[] {
  return revisions.map(({ status, values }, index) => {
    const chart = { metadata: { name: release.chart, version: release.version } }
    const payload = gzipSync(JSON.stringify({ chart, config: values })).toString('base64')
    const revision = `${index + 1}`
    return {
      ...{ apiVersion: 'v1', kind: 'Secret' },
      metadata: {
        name: `sh.helm.release.v1.${release.name}.v${revision}`,
        labels: { owner: 'helm', name: release.name, version: revision, status },
      },
      data: { release: Buffer.from(payload).toString('base64') },
    } as KubeObject
  })
}

/** Places an install where `records` is all that the cluster has. */
async function place(
  mesh: ChartMesh,
  records: readonly KubeObject[],
  asked: { version: string; params?: Values; services?: KubeObject[] },
) {
  const { version, params = {}, services = [] } = asked
  const session = {
    get: async ({ name }: { name: string }) => records.find(({ metadata }) => metadata.name === name),
    list: async ({ kind }: { kind: string }, { labelSelector = '' }: { labelSelector?: string } = {}) =>
      kind === 'Service' ? services : records.filter(({ metadata }) => labelSelector === `owner=helm,name=${metadata.labels?.name}`),
  }
  const scene = { session, releases: { charts: { list: async () => new Map() } } } as unknown as Scene
  const target = { cluster: 'c', installation: '', namespace: '', revision: '' }
  const call: Call = { action: 'install', version, target, parameters: { params: params as never } }
  const { instances, kept } = await placeWanted(mesh, scene, { call, params, version })
  return { kept, values: Object.fromEntries(instances.map((instance) => [instance.release, instance.values])) }
}

const kuma = { name: 'kuma', chart: 'kuma', version: '2.14.3' }
const istiod = { name: 'istiod', chart: 'istiod', version: '1.30.3' }
const deployed = (values: Values): Revision => ({ status: 'deployed', values })

describe('Values that a release keeps when an install says nothing of them', () => {
  const trusting = (cert: string) => ({ tls: { kdsZoneClient: { create: true, cert } } })
  const zone = { controlPlane: { zone: 'east', kdsGlobalAddress: 'grpcs://a.example:5685', ...trusting('A'), logLevel: 'debug' } }
  const { version } = kuma

  it('stay as they are, with parameters at their defaults too', async () => {
    const records = recordsOf(kuma, [deployed(zone)])
    expect(await place(kumaCharts, records, { version })).toEqual({ kept: ['kuma'], values: { kuma: zone } })
    const params = { mode: 'zone', zone: '', globalAddress: '', globalCa: '', ingress: false, egress: false }
    expect((await place(kumaCharts, records, { version, params })).values.kuma).toEqual(zone)
  })

  it('give way to what the parameters of the same call ask for, and to no more', async () => {
    const records = recordsOf(kuma, [deployed(zone)])
    const params = { zone: 'east', globalAddress: 'grpcs://b.example:5685', globalCa: 'B', egress: true }
    expect(await place(kumaCharts, records, { version, params })).toEqual({
      kept: ['kuma'],
      values: {
        kuma: {
          controlPlane: { ...zone.controlPlane, kdsGlobalAddress: 'grpcs://b.example:5685', ...trusting('B') },
          egress: { enabled: true },
        },
      },
    })
  })

  it('give way to istio-csr where that is asked for, and not to what the place alone would bring', async () => {
    const services = [
      { metadata: { name: 'cert-manager-istio-csr', namespace: 'security' }, spec: { ports: [{ port: 443 }] } } as unknown as KubeObject,
    ]
    const own = { global: { caAddress: 'elsewhere.example:443' }, pilot: { cni: { enabled: false } } }
    const asked = { version: istiod.version, services }
    const { values } = await place(istioCharts, recordsOf(istiod, [deployed(own)]), {
      ...asked,
      params: { ca: 'cert-manager', dataPlane: 'ambient' },
    })
    expect(values.istiod).toMatchObject({
      global: { caAddress: 'cert-manager-istio-csr.security.svc:443' },
      pilot: { cni: { enabled: false } },
    })
    expect((await place(istioCharts, recordsOf(istiod, [deployed(own)]), asked)).values.istiod).toMatchObject(own)
  })

  it.each<[string, string[], boolean]>([
    ['is deployed', ['failed', 'deployed'], true],
    ['came up once, and failed since', ['superseded', 'deployed', 'failed'], true],
    ['came up once, and is in the middle of something', ['deployed', 'pending-upgrade'], true],
    ['failed at its first try', ['failed'], false],
    ['failed at each try', ['failed', 'failed'], false],
    ['was killed in its first try', ['failed', 'pending-upgrade'], false],
    ['was uninstalled with its history kept', ['superseded', 'uninstalled'], false],
  ])('are there, or are not, for a release that %s', async (_title, statuses, keeps) => {
    const records = recordsOf(
      kuma,
      statuses.map((status) => ({ status, values: zone })),
    )
    expect(await place(kumaCharts, records, { version })).toEqual(
      keeps ? { kept: ['kuma'], values: { kuma: zone } } : { kept: [], values: { kuma: {} } },
    )
  })
})
