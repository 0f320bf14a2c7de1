import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { noArrivals } from './arrivals.js'
import { definitionsStep, rawDefinitions } from './chart-definitions.js'
import type { ChartPackage } from './chart-source.js'
import { readChartDefaults } from './chart-traits.js'
import { confirmDropped, findDropped, keepDefinitionsStep } from './dropped-definitions.js'
import { type InstallReleaseOptions, installReleaseStep } from './install-release-step.js'
import type { InstalledRelease } from './installed-releases.js'
import type { Scene, Step } from './mesh-adapter.js'
import { isError } from './plan-findings.js'
import { releaseObjects } from './release-manifest.js'
import { goneFindings } from './upgrade-values.js'

/** What brings one release about, and what must be known of it first. */
export interface PlannedUpgrade {
  steps: Step[]
  findings: Finding[]
  confirmations: Confirmation[]
}

/** For a release whose chart cannot be had: the findings say so. */
export const nothingPlanned: PlannedUpgrade = { steps: [], findings: [], confirmations: [] }

/** A release that is there, with the chart and the complete values that it is to have. */
export interface ReleaseUpgrade {
  catalog: InstallReleaseOptions['catalog']
  release: InstalledRelease
  values: Record<string, unknown>
  chart: ChartPackage
  /** What the step is called; by default an upgrade of the component. */
  title?: string
  timeoutMs: number
}

/** Brings one release to another chart or other values: no definition that is in use goes with it, and what the new chart no longer knows is told. */
export async function planReleaseUpgrade(
  scene: Scene,
  { catalog, release, values, chart, title, timeoutMs }: ReleaseUpgrade,
): Promise<PlannedUpgrade> {
  const { name, component, namespace, payload } = release
  const options: InstallReleaseOptions = {
    ...{ key: name, title: title ?? `Upgrade ${component.title} ${release.release}`, component: name },
    ...{ release: release.release, namespace, chart, values, timeoutMs },
    catalog,
  }
  const gone = scene.session.simulated
    ? []
    : goneFindings(release.release, payload.values, { before: payload.chartValues, after: await readChartDefaults(chart.file) })
  // Nothing can be rendered; the preflight says so.
  if ((await scene.releases.check()).some(isError)) return { ...nothingPlanned, steps: [installReleaseStep(scene, options)] }
  const { session, signal } = scene
  const { objects } = await scene.releases.render(options, { session, signal, arrivals: noArrivals() })
  const dropped = await findDropped(session, await releaseObjects(session, payload, namespace), objects)
  const raw = rawDefinitions(objects)
  const steps = [
    ...(dropped.length > 0 ? [keepDefinitionsStep(scene, { component: name, dropped })] : []),
    ...(raw.length > 0 ? [definitionsStep(scene, { component: name, objects: raw })] : []),
    installReleaseStep(scene, {
      ...options,
      bringsDefinitions: raw.length > 0,
      keeps: dropped.map(({ definition }) => definition.metadata.name ?? ''),
    }),
  ]
  const confirmations = dropped.length > 0 ? [confirmDropped(release.release, dropped)] : []
  return { steps, confirmations, findings: gone }
}
