import { afterEach, describe, expect, it, vi } from 'vitest'
import { labelsOfNamespace } from '../../adapters/runtime/admission/namespace-labels.js'
import { plannedRequests } from '../../adapters/runtime/admission/planned-requests.js'
import { timedConnection } from '../../adapters/runtime/admission/timed-connection.js'
import { noteSlow, noteUnreachable, slowWebhookFor, type Trial } from '../../adapters/runtime/admission/unanswered-webhooks.js'
import { unansweredFindings } from '../../adapters/runtime/admission/webhook-findings.js'
import type { ClusterSession, ObjectKey } from '../../adapters/runtime/cluster-session.js'
import { findInjectorWebhooks } from '../../adapters/runtime/injector-webhooks.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { Change, type PlannedObject, Severity, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

const rule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['configmaps', 'pods'] }
const resources: Record<string, Trial['resource']> = Object.fromEntries(
  [
    { kind: 'ConfigMap', group: '', plural: 'configmaps' },
    { kind: 'Deployment', group: 'apps', plural: 'deployments' },
  ].map(({ kind, group, plural }) => [
    kind,
    {
      kind,
      group,
      plural,
      version: 'v1',
      apiVersion: group ? `${group}/v1` : 'v1',
      namespaced: true,
      verbs: [],
      subresources: [],
      preferred: true,
    },
  ]),
)

interface Hook {
  name?: string
  configuration: string
  service?: string
  url?: string
  failurePolicy?: string
  timeoutSeconds?: number
  revision?: string
  rules?: object[]
}

function hook({ name = 'inject.test', configuration, service, url, revision, rules = [rule], ...more }: Hook): KubeObject {
  const [namespace, serviceName] = (service ?? '').split('/')
  const clientConfig = url ? { url } : { service: { namespace, name: serviceName } }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: {
      name: configuration,
      annotations: { 'meta.helm.sh/release-name': 'mesh' },
      labels: revision ? { 'istio.io/rev': revision } : {},
    },
    webhooks: [
      { name, rules, clientConfig, ...more, ...(revision ? { namespaceSelector: { matchLabels: { 'istio.io/rev': revision } } } : {}) },
    ],
  }
}

/** A cluster of webhooks, of which those Services that are alive have an endpoint. */
function sessionOf(webhooks: KubeObject[], { alive = [], get }: { alive?: string[]; get?: () => Promise<KubeObject | undefined> } = {}) {
  const list = async ({ kind }: { kind: string }, { labelSelector = '' }: { labelSelector?: string } = {}) => {
    if (kind === 'EndpointSlice') return alive.some((name) => labelSelector.endsWith(`=${name}`)) ? [{ endpoints: [{}] }] : []
    return webhooks.filter((object) => object.kind === kind)
  }
  const revisions: Record<string, string> = { old: 'stable', next: 'canary' }
  const namespaceOf = async ({ name }: ObjectKey) => ({ metadata: { name, labels: { 'istio.io/rev': revisions[name] ?? '' } } })
  const resource = async ({ kind }: { kind: string }) => resources[kind]
  return { simulated: false, list, get: get ?? namespaceOf, resource } as unknown as ClusterSession
}

const trial = (namespace = 'old'): Trial => ({
  operation: 'CREATE',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace } },
  resource: resources.ConfigMap as Trial['resource'],
})

function plannedOf(kind: string, change: PlannedObject['change'], [beforeYaml, afterYaml] = ['', '{ metadata: {} }'], namespace = 'old') {
  const object = { apiVersion: resources[kind]?.apiVersion ?? '', kind, namespace, name: 'a' }
  return {
    step: 'apply',
    object,
    change,
    verdict: Verdict.VERDICT_SERVER,
    reason: '',
    beforeYaml,
    afterYaml,
    foreignOwners: [],
  } as PlannedObject
}
const configMap = (namespace = 'old') => plannedOf('ConfigMap', Change.CHANGE_CREATE, undefined, namespace)
const refusal = 'Internal error occurred: failed calling webhook "inject.test": context deadline exceeded'

describe('A webhook that nobody answers', () => {
  it('is taken away by the rescue of its mesh only when the rescue would take it, with namespace and revision', async () => {
    const remedy = async (webhook: KubeObject, alive: string[] = []) => {
      const session = sessionOf([webhook], { alive })
      await noteUnreachable(session, trial(), refusal)
      return (await unansweredFindings(session, [configMap()]))[0]?.remedy
    }
    const istio = { configuration: 'istio-sidecar-injector-stable', service: 'mesh/istiod', revision: 'stable' }
    expect(await remedy(hook(istio))).toContain('mesh run istio remove-webhooks --namespace mesh --revision stable)')
    const byHand = 'kubectl delete mutatingwebhookconfiguration istio-sidecar-injector-stable'
    expect(await remedy(hook(istio), ['istiod'])).toContain(byHand)
    expect(await remedy(hook({ ...istio, url: 'https://istiod.test' }))).toContain(byHand)
    expect(await remedy(hook({ ...istio, service: '$(reboot)/istiod' }))).toContain(byHand)
    const kuma = hook({ configuration: 'kuma-validating-x', service: 'mesh/kuma' })
    expect(await remedy(kuma)).toContain('mesh run kuma remove-webhooks --namespace mesh)')
    expect(await remedy({ ...kuma, metadata: { ...kuma.metadata, annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } })).toContain(
      'kubectl',
    )
    expect(await remedy(hook({ configuration: 'nsm-admission', service: 'mesh/nsm' }))).toContain('kubectl')
  })

  it('is not one of another configuration that has its name', async () => {
    const session = sessionOf(
      [
        hook({ configuration: 'stable', service: 'mesh/istiod', revision: 'stable' }),
        hook({ configuration: 'canary', service: 'mesh/istiod-canary', revision: 'canary' }),
      ],
      { alive: ['istiod'] },
    )
    expect(await noteUnreachable(session, trial('next'), refusal)).toBe('inject.test')
    expect(await slowWebhookFor(session, trial('old'))).toBeUndefined()
    expect((await slowWebhookFor(session, trial('next')))?.configuration.metadata.name).toBe('canary')
    expect(await unansweredFindings(session, [configMap('old')])).toEqual([])
    expect(await unansweredFindings(session, [configMap('next')])).toMatchObject([{ severity: Severity.SEVERITY_ERROR }])
  })

  it('may be either of two by one name that are both asked: a warning, unless nobody is there for one', async () => {
    const session = sessionOf([hook({ configuration: 'one', service: 'mesh/one' }), hook({ configuration: 'two', service: 'mesh/two' })], {
      alive: ['one'],
    })
    await noteUnreachable(session, trial(), refusal)
    const found = await unansweredFindings(session, [configMap()])
    expect(found.map(({ severity, object }) => [severity, object?.name])).toEqual([
      [Severity.SEVERITY_WARNING, 'one'],
      [Severity.SEVERITY_ERROR, 'two'],
    ])
    expect(await slowWebhookFor(session, trial())).toBeUndefined()
  })

  describe('and lets requests pass', () => {
    const open = (configuration: string, service: string, timeoutSeconds = 1) =>
      hook({ ...{ name: `${configuration}.test`, configuration, service, timeoutSeconds }, failurePolicy: 'Ignore' })

    it('is known by the time that a request took', async () => {
      const session = sessionOf([open('slow', 'a/a'), open('patient', 'b/b', 10)])
      await noteSlow(session, trial(), 999)
      expect(await slowWebhookFor(session, trial())).toBeUndefined()
      await noteSlow(session, trial(), 1_001)
      expect((await slowWebhookFor(session, trial()))?.name).toBe('slow.test')
    })

    it('is not guessed of several, unless all of them call one Service', async () => {
      const several = sessionOf([open('slow', 'a/a'), open('innocent', 'b/b')])
      await noteSlow(several, trial(), 1_001)
      expect(await unansweredFindings(several, [configMap()])).toEqual([])
      const same = sessionOf([open('slow', 'a/a'), open('too', 'a/a')])
      await noteSlow(same, trial(), 1_001)
      expect(await unansweredFindings(same, [configMap()])).toHaveLength(2)
    })
  })
})

describe('The time of a request', () => {
  afterEach(() => vi.useRealTimers())

  it('is that of its last try, without the waits before', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
    const headers = async () => ({ authorization: 'Bearer a' })
    const timed = timedConnection({ url: '', dispatcher: {} as never, headers, refresh: async () => false, close: async () => {} })
    vi.advanceTimersByTime(40_000)
    expect(await timed.connection.headers()).toEqual({ authorization: 'Bearer a' })
    vi.advanceTimersByTime(7)
    expect(timed.tookMs()).toBe(7)
  })
})

describe('A plan asks for new pods', () => {
  const deployment = (image: string, replicas?: number) =>
    JSON.stringify({ metadata: { name: 'a' }, spec: { ...(replicas === undefined ? {} : { replicas }), template: { image } } })

  it.each([
    ['when a workload is made', Change.CHANGE_CREATE, ['', deployment('a')], true],
    ['when its template changes', Change.CHANGE_UPDATE, [deployment('a'), deployment('b')], true],
    ['when it is to have more', Change.CHANGE_UPDATE, [deployment('a', 1), deployment('a', 2)], true],
    ['not when it is to have fewer', Change.CHANGE_UPDATE, [deployment('a', 2), deployment('a')], false],
    ['not when only its marks change', Change.CHANGE_UPDATE, [deployment('a', 1), deployment('a')], false],
    ['not when it goes', Change.CHANGE_DELETE, [deployment('a'), ''], false],
  ])('%s', async (_title, change, yaml, expected) => {
    const [before = '', after = ''] = yaml
    const requests = await plannedRequests(sessionOf([]), [plannedOf('Deployment', change, [before, after])])
    expect(requests.some(({ resource }) => resource.plural === 'pods')).toBe(expected)
  })
})

describe('The labels of a namespace', () => {
  it('are read again when they could not be read', async () => {
    let fails = true
    const get = async () => {
      if (fails) throw new Error('gone for a moment')
      return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'old', labels: { team: 'shop' } } }
    }
    const session = sessionOf([], { get })
    await expect(labelsOfNamespace(session, trial().object, true)).rejects.toThrow('gone for a moment')
    fails = false
    expect(await labelsOfNamespace(session, trial().object, true)).toEqual({ team: 'shop' })
  })
})

describe('An injector is asked about new pods', () => {
  it.each([
    ['by all that hangs below them', { ...rule, resources: ['pods/*'] }, 1],
    ['of the core group only', { ...rule, apiGroups: ['metrics.k8s.io'] }, 0],
    ['not for what hangs below them', { ...rule, resources: ['pods/exec'] }, 0],
  ])('%s', async (_title, asked, expected) => {
    const webhook = hook({ configuration: 'istio-sidecar-injector', service: 'mesh/istiod', rules: [asked] })
    expect(await findInjectorWebhooks(sessionOf([webhook]))).toHaveLength(expected)
  })

  it('by none of a configuration without webhooks', async () => {
    const webhook = { ...hook({ configuration: 'istio-sidecar-injector', service: 'mesh/istiod' }), webhooks: null }
    expect(await findInjectorWebhooks(sessionOf([webhook]))).toEqual([])
  })
})
