import { expect, it } from 'vitest'
import type { Body, ContractClient } from './contract-client.js'
import { configMap, deployment } from './objects.js'

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
const metadataList = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json'
const metadata = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json'
const names = (list: Body): string[] => list.items.map((item: Body) => item.metadata.name)

/** Lists, pages, selectors and the short forms. */
export function reads(api: () => ContractClient): void {
  const filled = async () => {
    const namespace = await api().namespace()
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    for (const index of [1, 2, 3, 4, 5]) {
      await api().create(
        path,
        configMap(
          `map-${index}`,
          { index: String(index) },
          { labels: { parity: index % 2 ? 'odd' : 'even', five: index === 5 ? 'yes' : 'no' } },
        ),
      )
    }
    await api().until(`${path}/kube-root-ca.crt`, ({ status }) => status === 200)
    return { namespace, path }
  }

  it('answers a list in the order of names, with a resourceVersion', async () => {
    const { path } = await filled()
    const { status, body } = await api().get(path)
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
    expect(names(body)).toEqual(['kube-root-ca.crt', 'map-1', 'map-2', 'map-3', 'map-4', 'map-5'])
    expect(body.metadata.resourceVersion).toMatch(/^\d+$/)
    expect(body.items[1].kind).toBeUndefined()
  })

  it('pages through a list as it was at the first page', async () => {
    const { path } = await filled()
    const first = await api().get(`${path}?limit=4`)
    expect(names(first.body)).toEqual(['kube-root-ca.crt', 'map-1', 'map-2', 'map-3'])
    expect(first.body.metadata.remainingItemCount).toBe(2)
    await api().create(path, configMap('map-4b'))
    const selected = await api().get(`${path}?limit=1&labelSelector=parity`)
    expect(selected.body.metadata.continue).toBeDefined()
    expect(selected.body.metadata.remainingItemCount).toBeUndefined()
    const second = await api().get(`${path}?limit=4&continue=${encodeURIComponent(first.body.metadata.continue)}`)
    expect(names(second.body)).toEqual(['map-4', 'map-5'])
    expect(second.body.metadata.continue ?? '').toBe('')
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion)
  })

  it('refuses a list at a version that is not reached yet', async () => {
    const { path } = await filled()
    const { body: list } = await api().get(path)
    const { status, body } = await api().get(`${path}?resourceVersion=${Number(list.metadata.resourceVersion) + 1_000_000}`)
    expect(status).toBe(504)
    expect(body).toMatchObject({ reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 } })
  })

  it.each(['limit=abc', 'limit=1.5', 'limit=', 'watch=true&timeoutSeconds=1&limit=abc', 'watch=true&timeoutSeconds=soon'])(
    'refuses %s',
    async (query) => {
      const { path } = await filled()
      const { status, body } = await api().get(`${path}?${query}`)
      expect(status).toBe(400)
      expect(body.message).toContain('strconv.ParseInt: parsing')
    },
  )

  it.each(['false', '0', 'False'])('lists with watch=%s', async (value) => {
    const { path } = await filled()
    expect((await api().get(`${path}?watch=${value}`)).body.kind).toBe('ConfigMapList')
  })

  it.each(['true', '1', 'yes', ''])('watches with watch=%s', async (value) => {
    const { path } = await filled()
    await using stream = await api().watch(`${path}?watch=${value}&timeoutSeconds=1`)
    expect((await stream.next()).type).toBe('ADDED')
  })

  it('refuses a continue token that is none', async () => {
    const { path } = await filled()
    const { status, body } = await api().get(`${path}?limit=1&continue=nonsense`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'BadRequest', code: 400 })
  })

  it.each([
    ['parity=odd', ['map-1', 'map-3', 'map-5']],
    ['parity==odd,five!=yes', ['map-1', 'map-3']],
    ['parity in (even, other)', ['map-2', 'map-4']],
    ['parity notin (odd),parity', ['map-2', 'map-4']],
    ['!parity', ['kube-root-ca.crt']],
    ['five', ['map-1', 'map-2', 'map-3', 'map-4', 'map-5']],
  ])('selects by labels: %s', async (selector, expected) => {
    const { path } = await filled()
    const { body } = await api().get(`${path}?labelSelector=${encodeURIComponent(selector)}`)
    expect(names(body)).toEqual(expected)
  })

  it('selects by fields', async () => {
    const { path } = await filled()
    const one = await api().get(`${path}?fieldSelector=${encodeURIComponent('metadata.name=map-3')}`)
    expect(names(one.body)).toEqual(['map-3'])
    const others = await api().get(`${path}?labelSelector=parity&fieldSelector=${encodeURIComponent('metadata.name!=map-3')}`)
    expect(names(others.body)).toEqual(['map-1', 'map-2', 'map-4', 'map-5'])
  })

  it('refuses a label selector that cannot be parsed', async () => {
    const { path } = await filled()
    const { status, body } = await api().get(`${path}?labelSelector=${encodeURIComponent('parity in odd')}`)
    expect(status).toBe(400)
    expect(body.reason).toBe('BadRequest')
    expect(body.message).toContain('unable to parse requirement')
  })

  it('draws a Table when it is asked for one', async () => {
    const { path } = await filled()
    const { body } = await api().get(`${path}?labelSelector=parity`, table)
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(body.columnDefinitions[0]).toMatchObject({ name: 'Name', type: 'string', format: 'name' })
    expect(body.rows).toHaveLength(5)
    expect(body.rows[0].cells[0]).toBe('map-1')
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'map-1' } })
  })

  it('shows a Deployment in a Table by what is ready of it', async () => {
    const namespace = await api().namespace()
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
    await api().create(path, deployment('web'))
    const { body } = await api().get(path, table)
    const titles = body.columnDefinitions.map((column: Body) => column.name)
    expect(body.rows[0].cells[titles.indexOf('Ready')]).toBe('0/0')
  })

  it('leaves everything but metadata out when that is asked', async () => {
    const { path } = await filled()
    const { body } = await api().get(`${path}?labelSelector=parity`, metadataList)
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' })
    expect(body.items[0]).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'map-1' } })
    expect(body.items[0].data).toBeUndefined()
    const one = await api().get(`${path}/map-1`, metadata)
    expect(one.body).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'map-1' } })
    expect(one.body.data).toBeUndefined()
  })

  it('lists a namespaced kind over all namespaces', async () => {
    const { namespace } = await filled()
    const { body } = await api().get('/api/v1/configmaps?labelSelector=five%3Dyes')
    expect(body.items.some((item: Body) => item.metadata.namespace === namespace)).toBe(true)
  })

  it('says what is not there in a Status', async () => {
    const { path, namespace } = await filled()
    const missing = await api().get(`${path}/absent`)
    expect(missing.status).toBe(404)
    expect(missing.body).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      message: 'configmaps "absent" not found',
      details: { name: 'absent', kind: 'configmaps' },
    })
    const deployments = await api().get(`/apis/apps/v1/namespaces/${namespace}/deployments/absent`)
    expect(deployments.body.message).toBe('deployments.apps "absent" not found')
    expect((await api().get('/apis/nowhere.example/v1/things')).status).toBe(404)
    expect((await api().get('/api/v1/nothings')).status).toBe(404)
  })
}
