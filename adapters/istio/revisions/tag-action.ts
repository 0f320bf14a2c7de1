import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { applyStep } from '../../runtime/apply-step.js'
import { noArrivals } from '../../runtime/arrivals.js'
import { defaultRevision, type Place } from '../../runtime/chart-mesh.js'
import { fetchCharts } from '../../runtime/fetch-charts.js'
import { findGatewayPods } from '../../runtime/gateway-pods.js'
import type { InstalledRelease } from '../../runtime/installed-releases.js'
import { foreignFindings } from '../../runtime/judge-control-planes.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { confirmRestart, looseFindings, unreadyFindings } from '../../runtime/membership-findings.js'
import { lookAtPlace, type Place as MemberPlace } from '../../runtime/membership-places.js'
import type { Action, Scene } from '../../runtime/mesh-adapter.js'
import { label, paramsSchema, timeoutParameter } from '../../runtime/parameters-schema.js'
import { errorFinding, isError, refusedAction, warningFinding } from '../../runtime/plan-findings.js'
import { checkScope } from '../../runtime/preflight.js'
import { rollNamespaceStep } from '../../runtime/roll-namespace-step.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { findRevision, instanceAt, placeOf, planeFindings } from './revision-releases.js'
import { authorityOf, findTags, ownObjects, type RevisionTag, revisionKey } from './revision-tags.js'

const Params = z.object({ tag: z.string(), restart: z.boolean().default(true), timeoutSeconds: z.number().default(300) })

/**
 * Points a tag at a revision: namespaces that ask for the tag get their sidecars from it, without another label on any of
 * them. The tag's webhook is ours and of no release, so that it outlives the control plane that it pointed at before.
 */
export const tagAction: Action = {
  key: 'point-tag',
  title: 'Point a tag at this revision',
  category: 'revisions',
  scope: 'cluster',
  destructive: false,
  requires: ['installation'],
  handling: 'canary',
  parametersSchema: {
    ...paramsSchema({
      tag: { ...label, title: 'Tag', description: 'Such as prod: what namespaces name in istio.io/rev instead of a revision.' },
      restart: {
        type: 'boolean',
        default: true,
        title: 'Restart the workloads',
        description: 'A pod keeps the sidecar that it was made with: without a restart it stays with the revision of before.',
      },
      timeoutSeconds: timeoutParameter,
    }),
    required: ['params'],
  },
  prepare: async (call, scene) => {
    const { session } = scene
    const scope = [...checkScope(session, catalog.title), ...(session.simulated ? [notSimulated] : [])]
    if (scope.length > 0) return refusedAction(scope)
    const { tag, restart, timeoutSeconds } = Params.parse(call.parameters.params)
    const found = await findRevision(session, placeOf(call))
    const { place, installed, istiod } = found
    const [helm, tags, caBundle] = await Promise.all([
      scene.releases.check({ revision: place.revision }),
      findTags(session),
      authorityOf(session, place),
    ])
    const revisions = [...installed.planes, ...installed.others].map(({ revision }) => revision)
    const findings = [
      ...helm,
      ...planeFindings(found),
      ...foreignFindings(catalog, [...installed.planes, ...(istiod ? [istiod] : [])], 'canary'),
      ...nameFindings(tag, { revisions, tags }),
      ...(istiod && caBundle === undefined ? [noInjector(place)] : []),
    ]
    if (istiod === undefined || caBundle === undefined || findings.some(isError)) return refusedAction(findings)
    const made = await tagObjects(scene, istiod, { tag, caBundle })
    const places = await placesOf(scene, { tag, place })
    const beaten = places.filter(({ namespace }) => namespace.metadata.labels?.[plainLabel] !== undefined)
    const moving = restart ? places.filter((each) => !beaten.includes(each)) : []
    return {
      steps: [
        applyStep(scene, {
          ...{ key: 'tag', title: `Point tag ${tag} at revision ${place.revision}`, component: istiod.name, objects: made.objects },
          force: false,
          equivalent: `istioctl tag set ${tag} --revision ${place.revision} --istioNamespace ${place.namespace} --overwrite`,
        }),
        ...moving.map(({ name, expected, applications }) =>
          rollNamespaceStep(scene, { catalog, namespace: name, expected, applications, timeoutMs: timeoutSeconds * 1000 }),
        ),
      ],
      findings: [
        ...findings,
        ...made.findings,
        ...beaten.map(beatenFinding),
        ...(await gatewayFindings(scene, { tag, place })),
        ...moving.flatMap((each) => [...looseFindings(catalog, each), ...unreadyFindings(catalog, each)]),
      ],
      confirmations: confirmRestart(catalog, moving),
      leftovers: [],
      inputs: { objects: made.objects },
    }
  },
}

const plainLabel = 'istio-injection'

const notSimulated = errorFinding({
  code: 'tag-not-simulated',
  message: 'A simulated cluster has no tags.',
  cause: 'Its stand-ins of charts know one revision, so that there is nothing else that a tag could point at.',
  remedy: 'Connect a real cluster.',
})

/** What the chart of the control plane that is there makes of this tag. */
async function tagObjects(scene: Scene, istiod: InstalledRelease, { tag, caBundle }: { tag: string; caBundle: string }) {
  const instance = instanceAt(istiod, istiod.payload.chartVersion, { ...istiod.payload.values, revisionTags: [tag] })
  const { packages, findings } = await fetchCharts(scene, catalog, [instance])
  const chart = packages.get(instance.name)
  if (chart === undefined) return { objects: [], findings }
  const { session, signal } = scene
  const spec = { key: 'tag', release: instance.release, namespace: instance.namespace, chart, values: instance.values }
  const rendered = await scene.releases.render(spec, { session, signal, arrivals: noArrivals() })
  const objects = ownObjects(rendered.objects, { tag, caBundle })
  const message = `The chart of istiod ${chart.version} makes no webhook of tag ${tag}.`
  return { objects, findings: objects.length > 0 ? findings : [errorFinding({ code: 'tag-not-made', message })] }
}

async function placesOf(scene: Scene, { tag, place }: { tag: string; place: Place }): Promise<MemberPlace[]> {
  const kind = { apiVersion: 'v1', kind: 'Namespace' }
  const found = await scene.session.list(kind, { labelSelector: `${revisionKey}=${tag}`, metadataOnly: true })
  const wish = { to: 'join' as const, mode: 'sidecar' as const, revision: tag }
  const names = found.map(({ metadata }) => metadata.name ?? '').sort()
  const looked = await Promise.all(names.map((name) => lookAtPlace(scene, catalog, { name, wish, webhooks: undefined })))
  // The tag's webhook still names the revision of before: what counts is the one that it will name.
  return looked.flatMap((each) => (each ? [{ ...each, expected: { wish, revision: place.revision } }] : []))
}

/** Gateways that ask for the tag are no members: their pods stay with the revision of before until they are restarted. */
async function gatewayFindings({ session }: Scene, { tag, place }: { tag: string; place: Place }): Promise<Finding[]> {
  const pods = await findGatewayPods(session, catalog)
  return pods
    .filter(({ pod, revision }) => pod.metadata.labels?.[revisionKey] === tag && revision !== place.revision)
    .map(({ pod, revision }) =>
      warningFinding({
        code: 'gateway-not-restarted',
        message: `${nameOf(pod)} asks for tag ${tag} and stays with revision ${revision}.`,
        cause: 'It is a gateway: it is not restarted here, because traffic from outside goes through it.',
        remedy: 'Restart its workload when it suits.',
        object: refOf(pod),
      }),
    )
}

function nameFindings(tag: string, { revisions, tags }: { revisions: readonly string[]; tags: readonly RevisionTag[] }): Finding[] {
  const taken = { code: 'tag-taken', remedy: 'Choose another tag.' }
  if (tag === defaultRevision) {
    return [
      errorFinding({
        ...taken,
        message: 'The tag default is not set here.',
        cause: `Namespaces with ${plainLabel}=enabled would follow it, and the control plane without a revision follows them already: two injectors would answer.`,
        remedy: 'Choose a tag such as prod, and let the namespaces ask for it.',
      }),
    ]
  }
  if (revisions.includes(tag)) return [errorFinding({ ...taken, message: `There is a revision ${tag}: a tag cannot have its name.` })]
  return tags
    .filter((each) => each.tag === tag && each.release !== undefined)
    .map(({ release, webhook }) =>
      errorFinding({
        code: 'tag-of-release',
        message: `Tag ${tag} belongs to the helm release ${release}.`,
        cause: 'Its value revisionTags names it, so helm would bring back what is changed here, and take the tag away with the release.',
        remedy: `Take ${tag} out of the revisionTags of release ${release} first, or choose another tag.`,
        object: refOf(webhook),
      }),
    )
}

function noInjector({ namespace, revision }: Place): Finding {
  return errorFinding({
    code: 'no-injector',
    message: `Revision ${revision} in ${namespace} has no injector that is ready.`,
    cause: 'Its webhook is not there, or istiod has not given it an authority yet.',
    remedy: 'Wait until istiod is ready, or mend it; then plan this again.',
  })
}

function beatenFinding({ name, namespace }: MemberPlace): Finding {
  const value = namespace.metadata.labels?.[plainLabel]
  return warningFinding({
    code: 'label-beaten',
    message: `Namespace ${name} does not follow the tag: ${plainLabel}=${value} beats ${revisionKey}.`,
    remedy: `Let it join the tag, which takes the label ${plainLabel} away.`,
    object: refOf(namespace),
  })
}
