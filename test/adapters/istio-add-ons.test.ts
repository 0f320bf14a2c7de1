import { describe, expect, it } from 'vitest'
import { addOnLabel, addOnObjects, imagesFor } from '../../adapters/istio/add-ons/add-on-objects.js'
import { addOnNames, istioAddOns } from '../../adapters/istio/istio-add-ons.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { nameOf } from '../../adapters/runtime/manifests.js'
import type { Parameters as Asked } from '../../contract/parameters.js'
import { meshAdapters } from '../support/mesh-descriptions.js'

/** What the tests read of any object of an add-on. */
interface Spec {
  type?: string
  selector: { matchLabels: Record<string, string> }
  template: {
    metadata: { labels: Record<string, string>; annotations: Record<string, string> }
    spec: { securityContext: object; imagePullSecrets?: object[]; containers: { image: string; securityContext: object }[] }
  }
}

interface Rule {
  resources: string[]
  verbs: string[]
}

const objectsOf = async (version: string, namespace = 'istio-system', from: Asked['images'] = undefined) => {
  const images = imagesFor(version)
  if (images === undefined) throw new Error(`no add-ons for ${version}`)
  const objects = await Promise.all(addOnNames.map((addOn) => addOnObjects(addOn, { namespace, images, from })))
  return objects.flat().map((object) => ({ ...object, spec: object.spec as Spec, rules: (object.rules ?? []) as Rule[] }))
}
const workloads = async (...wanted: Parameters<typeof objectsOf>) =>
  (await objectsOf(...wanted)).filter(({ kind }) => kind === 'Deployment')

describe('The add-ons of Istio', () => {
  const versions = istioCatalog.versions.map(({ version }) => version)

  it('belong to every version that can be installed, and to no other', () => {
    for (const version of versions) expect(Object.keys(imagesFor(version) ?? {}), version).toEqual(addOnNames)
    expect(imagesFor('1.3.0')).toBeUndefined()
    expect(istioAddOns.addOns.map(({ addOn }) => addOn)).toEqual(addOnNames)
  })

  it.each(versions)('%s run the images of their version, or the same from another registry', async (version) => {
    const images = Object.values(imagesFor(version) ?? {})
    const running = (some: Awaited<ReturnType<typeof workloads>>) =>
      some.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image))
    expect(running(await workloads(version))).toEqual(images)
    const copied = await workloads(version, 'istio-system', { registry: 'registry.example:5000/copies', pullSecrets: ['ours'] })
    expect(running(copied)).toEqual(images.map((image) => `registry.example:5000/copies/${image.split('/').at(-1)}`))
    for (const { spec } of copied) expect(spec.template.spec.imagePullSecrets).toEqual([{ name: 'ours' }])
  })

  it('are reached inside the cluster only', async () => {
    const services = (await objectsOf('1.30.3')).filter(({ kind }) => kind === 'Service')
    expect(services.map(({ metadata, spec }) => `${metadata.name} ${spec.type}`)).toEqual([
      'prometheus ClusterIP',
      'grafana ClusterIP',
      'tracing ClusterIP',
      'jaeger-collector ClusterIP',
      'zipkin ClusterIP',
      'kiali ClusterIP',
    ])
    const named = istioAddOns.addOns.map(({ service }) => service)
    expect(services.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(named))
  })

  it('are all in the namespace of the control plane, speak of no other, and take no cluster-wide name that others may have', async () => {
    const objects = await objectsOf('1.30.3', 'mesh')
    expect(JSON.stringify(objects)).not.toMatch(/istio-system|\{namespace\}/)
    const wide = objects.filter(({ metadata }) => metadata.namespace !== 'mesh').map(nameOf)
    expect(wide).toEqual(
      ['ClusterRole', 'ClusterRoleBinding']
        .flatMap((kind) => `${kind} mesh-prometheus`)
        .concat(['ClusterRole', 'ClusterRoleBinding'].map((kind) => `${kind} mesh-kiali`)),
    )
  })

  it('bear the mark of Meshwright on every object', async () => {
    for (const object of await objectsOf('1.30.3')) expect(addOnNames, nameOf(object)).toContain(object.metadata.labels?.[addOnLabel])
  })

  it('restart when their configuration changes, and only then', async () => {
    const config = async (namespace: string) =>
      (await workloads('1.30.3', namespace)).map(({ spec }) => spec.template.metadata.annotations['meshwright.io/config'])
    expect(await config('mesh')).toEqual(await config('mesh'))
    expect((await config('mesh')).some((hash) => hash === undefined)).toBe(false)
    const [prometheus, grafana, , kiali] = await config('other')
    const [before, dashboards, , graph] = await config('mesh')
    expect([prometheus === before, grafana === dashboards, kiali === graph]).toEqual([false, false, false])
  })

  it('are outside of every mesh, whichever takes in the pods of their namespace', async () => {
    for (const { mesh, injectionMarks } of meshAdapters.map(({ catalog }) => catalog)) {
      const ofPods = injectionMarks.filter(({ kind, scope, mode }) => kind === 'desired' && scope === 'pod' && mode === 'sidecar')
      expect(ofPods.length > 0, mesh).toBe(injectionMarks.length > 0)
      for (const { metadata, spec } of await workloads('1.30.3')) {
        const { labels, annotations } = spec.template.metadata
        for (const { carrier, key, valuesOut } of ofPods)
          expect(valuesOut, `${mesh} ${metadata.name}`).toContain((carrier === 'label' ? labels : annotations)[key])
      }
    }
  })

  it('run where pod security is restricted', async () => {
    for (const { metadata, spec } of await workloads('1.30.3')) {
      const { labels } = spec.template.metadata
      expect(labels, metadata.name).toMatchObject(spec.selector.matchLabels)
      expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const { securityContext } of spec.template.spec.containers)
        expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })
    }
  })

  it('let nobody without a name write, read Secrets or read logs', async () => {
    const rules = (await objectsOf('1.30.3')).flatMap((object) => object.rules)
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
    expect(writing.map(({ resources }) => resources)).toEqual([['pods/portforward']])
    for (const { resources } of rules) for (const each of ['secrets', 'pods/log', 'nodes/proxy']) expect(resources).not.toContain(each)
    const texts = JSON.stringify(await objectsOf('1.30.3'))
    for (const closed of [
      'view_only_mode: true',
      'org_role = Viewer',
      'disable_login_form = true',
      'disable_initial_admin_creation = true',
    ])
      expect(texts).toContain(closed)
  })
})
