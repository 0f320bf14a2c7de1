import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation, OperationObjects } from '../../contract/operation.js'
import type { Plan, PlannedObject, PlannedObjectDiff } from '../../contract/plan.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { runOperation, startMeshServer } from '../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { keyOf, leftSince } from '../support/leftover-truth.js'
import { listEverything } from '../support/list-everything.js'
import { findShared, isMissing } from '../support/missing-tool.js'
import { type RunningServer, waitFor } from '../support/running-server.js'
import { changesOf } from './changes-of.js'
import { expectFetchedOnce } from './expect-fetched-once.js'
import { expectRotatedAnchor } from './expect-rotated-anchor.js'
import { helmsByHand } from './helm-by-hand.js'
import { lifecycles } from './mesh-lifecycles.js'
import { ownFields } from './own-fields.js'

// Real charts and the real helm on a real API server whose pods only look as if they ran: mechanics of helm and of reading
// states, not behaviour of a mesh. What differs from what users run stands beside each mesh in mesh-lifecycles.ts.

type Items<Item> = { items: Item[] }

const describe = isMissing('shared') ? clusterTest('kwok', import.meta.url).skip : clusterTest('kwok', import.meta.url)
const describeHelm3 = clusterTest('helm3', import.meta.url)

describe.each(lifecycles)(
  'The life of $mesh through us',
  ({
    mesh,
    namespace,
    gatewayApi,
    from,
    to,
    components,
    params = {},
    added,
    changed,
    upgraded,
    others,
    own,
    definitions,
    goes,
    held,
    owned,
    secretFile,
    addOns,
    rotates = false,
    handed,
    asked = [],
    loose,
    releases,
    expected,
  }) => {
    let kwok: TestCluster
    let server: RunningServer
    let cluster: Cluster
    let changes: ReturnType<typeof changesOf>
    let before: Awaited<ReturnType<typeof listEverything>>
    let uninstall: Operation
    let written: object[]

    beforeAll(async () => {
      kwok = await startKwokCluster({ webhooks: 'left-out' })
      server = await startMeshServer()
      const kubeconfig = await kwok.clientFor({ user: 'meshwright', groups: ['system:masters'] })
      cluster = await server.post<Cluster>('/api/v1/clusters', { name: mesh, kubeconfig })
      if (gatewayApi)
        await runOperation(server, { cluster: cluster.id, mesh: 'gateway-api', action: 'install', version: gatewayApi, confirm: true })
      changes = changesOf(kwok, 'meshwright')
      await changes.since()
      before = await listEverything(kwok)
    })
    afterAll(async () => {
      await server?.stop()
      await kwok?.stop()
    })

    const plan = async (request: object) => {
      const { id } = await server.post<Plan>('/api/v1/plans', { cluster: cluster.id, mesh, ...request })
      return waitFor(
        () => server.get<Plan>(`/api/v1/plans/${id}`),
        ({ state }) => state !== 'planning',
        60_000,
      )
    }
    const run = async (made: Plan) => {
      expect(made.state, JSON.stringify([made.failure, made.findings])).toBe('ready')
      const { id } = await server.post<Operation>('/api/v1/operations', {
        plan: made.id,
        confirm: made.confirmations.map(({ code }) => code),
      })
      const ended = await waitFor(
        () => server.get<Operation>(`/api/v1/operations/${id}`),
        ({ state }) => ['succeeded', 'failed', 'cancelled', 'interrupted'].includes(state),
        300_000,
      )
      expect(ended, JSON.stringify(ended.error)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
      const { requested, complete } = await server.get<OperationObjects>(`/api/v1/operations/${id}/objects`)
      expect(complete).toBe(true)
      expect(requested.map(({ auditId }) => auditId).sort()).toEqual(await changes.since())
      return ended
    }
    const installed = (wanted: (found: Installation) => boolean) =>
      waitFor(
        async () => (await server.get<Items<Installation>>(`/api/v1/installations?cluster=${cluster.id}&mesh=${mesh}`)).items,
        ([found]) => found !== undefined && wanted(found),
        30_000,
      )
    /** `istiod 1.30.3 deployed`: every release as helm itself tells it. */
    const helmList = async () => {
      const text = await kwok.helm(['list', '--all-namespaces', '--output=json'])
      const rows: { name: string; chart: string; status: string }[] = JSON.parse(text)
      return rows.map(({ name, chart, status }) => `${name} ${chart} ${status}`).sort()
    }
    const exported = async ({ id }: Operation, name: string) => {
      const headers = { authorization: `Bearer ${server.token}` }
      return (await fetch(`${server.url}/api/v1/operations/${id}/artifacts/${name}`, { headers })).text()
    }
    const target = { namespace }
    const othersKeys = (others?.objects ?? []).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
    const uidsOfOthers = async () =>
      (await listEverything(kwok)).flatMap((object) => (othersKeys.includes(keyOf(object)) ? [`${keyOf(object)} ${object.uid}`] : []))
    const ownDefinitions = async () => {
      const text = await kwok.kubectl(['get', 'customresourcedefinitions', '--output=jsonpath={.items[*].metadata.name}'])
      return text.split(' ').filter((name) => definitions.of.test(name))
    }
    const valuesOf = async (release: string, place = namespace) =>
      JSON.parse(await kwok.helm(['get', 'values', release, `--namespace=${place}`, '--output=json']))
    /** The objects of the mesh's own kinds that somebody wrote, as the API server has them; what it sets anew is left out. */
    const ownObjects = async () => {
      const read = (own?.objects ?? []).map(async ({ apiVersion, kind, metadata: { name = '', namespace } }) => {
        const resource = `${kind}.${apiVersion.split('/').reverse().join('.')}`
        const text = await kwok.kubectl(['get', resource, name, ...(namespace ? [`--namespace=${namespace}`] : []), '--output=json'])
        const { metadata, status: _status, ...content } = JSON.parse(text)
        const { labels = {}, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': _mark, ...annotations } = {} } = metadata
        return { ...content, metadata: { name, namespace, labels, annotations } }
      })
      return Promise.all(read)
    }

    it('plans the old version without changing anything, and installs it', async () => {
      const made = await plan({ action: 'install', version: from, components, params })
      expect(await listEverything(kwok)).toEqual(before)
      const install = await run(made)
      const late = Object.keys(added?.components ?? {}).map((name) => `${mesh}-${name} `)
      expect(await helmList()).toEqual(
        releases(from)
          .filter((row) => !late.some((name) => row.startsWith(name)))
          .sort(),
      )
      if (secretFile) {
        const anchor = await expectFetchedOnce(server, install.id, secretFile)
        await run(await plan({ action: 'renew-issuer', ...target, params: { anchor } }))
      }
      expect(await ownDefinitions()).toHaveLength(definitions.from)
      const items = [...(others?.objects ?? []), ...(own?.objects ?? [])]
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      if (items.length > 0) await kwok.kubectl(['apply', '--filename=-'], { input: list })
    })

    if (added)
      it('adds a component later, which leaves the values of the others', async () => {
        const before = await valuesOf(added.release)
        expect(before).toEqual(added.values)
        const made = await plan({ action: 'install', version: from, components: added.components })
        expect(made.findings.find(({ code }) => code === 'values-kept')?.message).toContain(added.release)
        await run(made)
        expect(await valuesOf(added.release)).toEqual(before)
        expect(await helmList()).toEqual(releases(from).sort())
        await installed(({ components: parts }) => ['node', 'add-on'].every((role) => parts.some((part) => part.role === role)))
      })

    it('detects it as its own', async () => {
      const [found] = await installed(({ version }) => version === expected(from))
      expect(found).toMatchObject({ namespace, installer: 'meshwright', managed: true, version: expected(from) })
    })

    if (addOns)
      it('puts add-ons beside it, which are found in their own versions and go without a trace', async () => {
        const params = { addOns: Object.keys(addOns) }
        const theirs = ['deployment', 'grafana', `--namespace=${namespace}`]
        await kwok.kubectl(['create', ...theirs, '--image=grafana:11', '--replicas=0'])
        const refused = await plan({ action: 'install-add-on', ...target, params })
        expect(refused.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
          { code: 'add-on-foreign', message: `Deployment ${namespace}/grafana is there already and belongs to kubectl.` },
        ])
        await kwok.kubectl(['delete', ...theirs, '--wait'])

        const alone = await listEverything(kwok)
        const install = await run(await plan({ action: 'install-add-on', ...target, params }))
        const [found] = await installed(
          ({ components: parts }) => parts.filter(({ role }) => role === 'add-on').length === params.addOns.length,
        )
        const parts = found?.components.filter(({ role }) => role === 'add-on') ?? []
        expect(Object.fromEntries(parts.map(({ component, version }) => [component, version]))).toEqual(addOns)
        const there = await listEverything(kwok)
        const appeared = leftSince(alone, there)
        expect(appeared).toEqual(expect.arrayContaining(parts.map(({ pod }) => `Pod ${namespace}/${pod}`)))
        const { observed } = await server.get<OperationObjects>(`/api/v1/operations/${install.id}/objects`)
        expect(observed.flatMap(({ change, object }) => (change === 'appeared' ? [keyOf(object)] : [])).sort()).toEqual(appeared)

        const removal = await plan({ action: 'remove-add-on', ...target, params })
        expect(removal.confirmations.map(({ code }) => code)).toEqual(['add-on-data-lost'])
        await run(removal)
        const after = await waitFor(
          () => listEverything(kwok),
          (all) => !parts.some(({ pod }) => all.some(({ kind, name }) => kind === 'Pod' && name === pod)),
          60_000,
        )
        expect(leftSince(alone, after)).toEqual([])
        // Once more: these are there when the mesh is upgraded, and go with it.
        await run(await plan({ action: 'install-add-on', ...target, params }))
      })

    const byHand = handed && (() => helmsByHand(kwok, { release: handed.release, namespace }))
    if (handed && byHand)
      describeHelm3('and in between a person with helm 3, and one with helm 4', () => {
        it('upgrade it by hand, and are seen: by each other, by detection and in the plan of the next upgrade', async () => {
          await byHand().upgrade(`${handed.release}-${from}`, handed.set)
          const rows = [1, 2, 3].map((revision) => `${revision} ${revision < 3 ? 'superseded' : 'deployed'} ${handed.release}-${from}`)
          for (const { by, history, list } of await byHand().told()) expect([by, history, list]).toEqual([by, rows, rows.slice(-1)])
          const [found] = await installed(({ version }) => version === expected(from))
          expect(found).toMatchObject({ namespace, version: expected(from) })
          const made = await plan({ action: 'upgrade', ...target, version: to, components: changed })
          expect(made.state, JSON.stringify(made.findings)).toBe('ready')
          const { valuesBefore } = made.steps.find(({ release }) => release !== undefined)?.release ?? {}
          for (const mark of ['helm3: ', 'helm4: ']) expect(valuesBefore).toContain(mark)
        })
      })

    const fields = owned && (() => ownFields(kwok, namespace, owned))
    if (fields)
      it('stops at a field that nobody knows to be of others, names who owns it, and changes nothing', async () => {
        await fields().own()
        const agree = await fields().edit()
        const before = await helmList()
        const made = await plan({ action: 'upgrade', ...target, version: to, components: changed })
        expect(made.state).toBe('refused')
        expect(made.findings.filter(({ severity }) => severity === 'error')).toMatchObject([fields().stopped])
        expect(await helmList()).toEqual(before)
        await agree()
      })

    it('upgrades it from the values that it has, with the change of the call over them', async () => {
      const made = await plan({ action: 'upgrade', ...target, version: to, components: changed })
      if (fields) {
        expect(made.findings.filter(({ code }) => code.startsWith('field-'))).toMatchObject(fields().settled)
        const { items } = await server.get<Items<PlannedObject>>(`/api/v1/plans/${made.id}/objects?limit=500`)
        expect(items.flatMap(({ reason }) => (reason?.startsWith('spec.replicas') ? [reason] : []))).toEqual(fields().verdicts)
      }
      const foreign = await uidsOfOthers()
      expect(foreign).toHaveLength(othersKeys.length)
      expect(made.confirmations.map(({ code, text }) => ({ code, text }))).toEqual(
        asked.map(({ code, text }) => ({ code, text: expect.stringMatching(text) })),
      )
      await run(made)
      expect(await ownDefinitions()).toHaveLength(definitions.to)
      expect(await helmList()).toEqual(releases(to).sort())
      await fields?.().expectKept()
      if (others) {
        const keys = made.steps.map(({ key }) => key)
        expect(keys.indexOf(`keep-definitions-${mesh}`)).toBe(keys.indexOf(mesh) - 1)
        const text = await kwok.kubectl(['get', 'customresourcedefinitions', ...others.dropped, '--output=json'])
        const kept: KubeObject[] = JSON.parse(text).items
        expect(kept.map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'])).toEqual(others.dropped.map(() => 'keep'))
        expect(await uidsOfOthers()).toEqual(foreign)
      }
      await installed(({ version }) => version === expected(to))
      for (const { release, namespace: place, values } of upgraded)
        if (release === handed?.release) expect(await valuesOf(release, place)).toMatchObject(values)
        else expect(await valuesOf(release, place)).toEqual(values)
    })

    if (handed && byHand)
      describeHelm3('and afterwards both helms', () => {
        it('tell the same of our upgrade, and have kept what was set by hand', async () => {
          for (const { by, history, list } of await byHand().told()) {
            expect([by, list]).toEqual([by, [`4 deployed ${handed.release}-${to}`]])
            expect(history.slice(-2)).toEqual([`3 superseded ${handed.release}-${from}`, `4 deployed ${handed.release}-${to}`])
          }
          const text = await kwok.helm(['get', 'values', handed.release, `--namespace=${namespace}`, '--output=json'])
          expect(JSON.parse(text)).toMatchObject({ controlPlane: { podAnnotations: { helm3: 'yes', helm4: 'yes' } } })
          const pods = await kwok.kubectl(['get', 'deployments', `--namespace=${namespace}`, '--output=json'])
          expect(JSON.parse(pods).items[0].spec.template.metadata.annotations).toMatchObject({ helm3: 'yes', helm4: 'yes' })
        })
      })

    if (rotates && secretFile)
      it('rotates what its proxies trust', async () => {
        const rotate = async () => run(await plan({ action: 'rotate-anchor', ...target }))
        await expectRotatedAnchor({ cluster: kwok, server, rotate, secretFile })
      })

    if (held)
      it('lets go of what waits for its controller, once no pod of it is ready', async () => {
        const { metadata } = held.object
        const scale = (replicas: number) =>
          kwok.kubectl(['scale', `deployment/${held.controller}`, `--namespace=${namespace}`, `--replicas=${replicas}`])
        const live = async () => (await listEverything(kwok)).some(({ kind, name }) => kind === held.object.kind && name === metadata.name)
        await kwok.kubectl(['create', '--filename=-'], { input: JSON.stringify(held.object) })
        await kwok.kubectl(['delete', held.object.kind, `${metadata.name}`, `--namespace=${metadata.namespace}`, '--wait=false'])
        const refused = await plan({ action: 'remove-finalizers', ...target })
        expect(refused.state).toBe('refused')
        expect(refused.findings.find(({ severity }) => severity === 'error')).toMatchObject({
          code: 'finalizers-answered',
          message: expect.stringContaining(`Pod ${namespace}/${held.controller}-`),
        })
        await scale(0)
        await waitFor(
          () => listEverything(kwok),
          (all) => !all.some(({ kind, name }) => kind === 'Pod' && name.startsWith(held.controller)),
          60_000,
        )
        expect(await live()).toBe(true)
        await run(await plan({ action: 'remove-finalizers', ...target }))
        expect(await live()).toBe(false)
        await scale(1)
      })

    it('refuses to go back, and says how one can', async () => {
      const made = await plan({ action: 'upgrade', ...target, version: from })
      expect(made.state).toBe('refused')
      expect(made.findings.map(({ code }) => code)).toContain('downgrade')
    })

    it('uninstalls it, and names every leftover that a full listing finds', async () => {
      const { isRemoved = false } = definitions
      const made = await plan({ action: 'uninstall', ...target, params: isRemoved ? { definitions: 'remove' } : {} })
      expect(made.steps.map(({ key }) => key)).toEqual(goes)
      if (others) expect(made.findings.find(({ code }) => code === 'definitions-kept')?.message).toContain(others.kept)
      written = await ownObjects()
      uninstall = await run(made)
      expect(await helmList()).toEqual([])
      const lost = [...(addOns ? ['add-on-data-lost'] : []), ...(own ? [isRemoved ? 'definitions-lost' : 'custom-resources-lost'] : [])]
      expect(made.confirmations.map(({ code }) => code)).toEqual(lost)
      if (isRemoved) expect(made.confirmations.at(-1)?.text).toContain(`The ${definitions.to} definitions of `)
      const objects = await server.get<OperationObjects>(`/api/v1/operations/${uninstall.id}/objects`)
      const named = objects.observed.filter(({ change }) => change === 'left').map(({ object }) => keyOf(object))
      const after = await waitFor(
        () => listEverything(kwok),
        (all) => !all.some((object) => object.kind === 'Pod' && object.namespace === namespace),
        60_000,
      )
      // Other people's objects are there still, and are nobody's leftovers.
      const left = leftSince(before, after)
      expect(left).toEqual(expect.arrayContaining(othersKeys))
      expect(named.sort()).toEqual(left.filter((key) => !othersKeys.includes(key)))
      if (own) expect(await ownDefinitions()).toEqual([])
    })

    const chart = own?.chart
    if (chart)
      it('has exported what went with its definitions: with them back, the file restores it', async () => {
        const { items } = await server.get<Items<{ name: string }>>(`/api/v1/operations/${uninstall.id}/artifacts`)
        expect(items.map(({ name }) => name)).toMatchObject([expect.stringMatching(new RegExp(`^${mesh}-.*yaml$`))])
        const file = await exported(uninstall, items[0]?.name ?? '')
        const packed = join(findShared() ?? '', 'charts', `${chart}-${to}.tgz`)
        await kwok.helm(['install', chart, packed, `--namespace=${namespace}`, '--create-namespace'])
        expect(await ownDefinitions()).toHaveLength(definitions.to)
        await kwok.kubectl(['apply', '--server-side', '--filename=-'], { input: file })
        expect(await ownObjects()).toEqual(written)
        await kwok.helm(['uninstall', chart, `--namespace=${namespace}`, '--wait'])
      })

    if (loose)
      it('adopts what kubectl applied of `helm template`, and upgrades it then', async () => {
        const { release, chart, components: wanted } = loose
        const file = join(findShared() ?? '', 'charts', chart)
        const text = await kwok.helm(['template', release, file, `--namespace=${namespace}`, '--include-crds', '--no-hooks'])
        const place = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
        await kwok.kubectl(['apply', '--filename=-'], { input: place })
        await kwok.kubectl(['apply', '--filename=-', `--namespace=${namespace}`], { input: text })
        const [found] = await installed(({ installer, health }) => installer === 'kubectl' && health === 'healthy')
        expect(found).toMatchObject({ namespace, managed: false, version: expected(from), confidence: 'high' })
        const refused = await plan({ action: 'upgrade', ...target, version: to })
        expect(refused.state).toBe('refused')
        expect(refused.findings.find(({ code }) => code === 'installer-not-ours')?.remedy).toMatch(
          /Adopt it first, or change it there: the manif/,
        )
        const made = await plan({ action: 'adopt', ...target, components: wanted })
        expect(made.confirmations).toMatchObject([{ code: 'take-over' }])
        const [, taken, changed] = /^(\d+) objects .* Content changes in (\d+) object/.exec(made.confirmations[0]?.text ?? '') ?? []
        const { items } = await server.get<Items<PlannedObject>>(`/api/v1/plans/${made.id}/objects?limit=500`)
        expect(items.filter(({ verdict }) => verdict === 'refused')).toEqual([])
        const updated = items.filter(({ change }) => change === 'update')
        const diffs = await Promise.all(updated.map(({ n }) => server.get<PlannedObjectDiff>(`/api/v1/plans/${made.id}/objects/${n}`)))
        const marked = diffs.filter(({ diff }) => diff.includes(`+    meta.helm.sh/release-name: ${release}`))
        expect(marked.length).toBeGreaterThan(10)
        expect([Number(taken), Number(changed)]).toEqual([marked.length, 1])
        expect(marked.filter(({ diff }) => /^\+ +replicas: 3$/m.test(diff)).map(({ object }) => object.kind)).toEqual(['Deployment'])
        await run(made)
        expect(await helmList()).toEqual(releases(from))
        await installed(({ installer, managed }) => installer === 'meshwright' && managed)
        await run(await plan({ action: 'upgrade', ...target, version: to }))
        expect(await helmList()).toEqual(releases(to))
      })
  },
)
