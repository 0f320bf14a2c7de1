import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import type { Catalog } from './catalog.js'
import type { ChartPackage } from './chart-source.js'
import { type ComponentInstance, chartOf } from './components.js'
import type { Scene } from './mesh-adapter.js'
import { findingOf } from './plan-findings.js'

/** Packages by the name of their instance, what speaks against them, and what a plan of these releases depends on. */
export interface FetchedCharts {
  packages: Map<string, ChartPackage>
  findings: Finding[]
  inputs: object[]
}

/** Checked packages by the name of their instance; a package that cannot be had is a finding, so that a plan names all of them. */
export async function fetchCharts(
  { releases: { charts }, signal }: Scene,
  catalog: Catalog,
  instances: readonly ComponentInstance[],
): Promise<FetchedCharts> {
  const packages = new Map<string, ChartPackage>()
  const findings: Finding[] = []
  for (const instance of instances) {
    const found = await charts.find(chartOf(catalog, instance), signal).catch((error: unknown) => {
      if (error instanceof AdapterError) return error
      throw error
    })
    if (found instanceof AdapterError) findings.push(findingOf(found))
    else packages.set(instance.name, found)
  }
  return { packages, findings, inputs: instances.map((instance) => inputOf(instance, packages)) }
}

function inputOf({ component, ...instance }: ComponentInstance, packages: ReadonlyMap<string, ChartPackage>): object {
  return { ...instance, component: component.component, digest: packages.get(instance.name)?.digest }
}
