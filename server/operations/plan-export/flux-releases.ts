import { parse } from 'yaml'
import { type ExportedPlan, fileHead, objectNames } from './exported-plan.js'
import { yamlDocuments } from './yaml-documents.js'

const namespace = 'flux-system'

/** A Flux HelmRepository for each repository and a HelmRelease for each release, each after the one before it. */
export function fluxReleases(plan: ExportedPlan): string {
  const repositories = [...new Set(plan.releases.map(({ repository }) => repository ?? ''))]
  const sourceOf = (repository = '') => {
    const index = repositories.indexOf(repository)
    return index === 0 ? plan.request.mesh : `${plan.request.mesh}-${index + 1}`
  }
  const names = objectNames(plan.releases)
  const secretOf = (index: number) => `${names[index]}-secret-values`
  const head = fileHead(plan, [
    'Releases keep the names and namespaces that helm gives them: helm list shows them, and a release that is there is taken over.',
    ...(plan.releases.some(({ withheld }) => withheld.length > 0)
      ? [`Give secret values in the Secrets that valuesFrom names, in ${namespace}, under the key values.yaml.`]
      : []),
  ])
  const sources = repositories.map((url) => ({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: sourceOf(url), namespace },
    spec: { interval: '1h', url },
  }))
  const releases = plan.releases.map((release, index) => ({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: names[index], namespace },
    spec: {
      interval: '1h',
      ...(index > 0 ? { dependsOn: [{ name: names[index - 1] }] } : {}),
      releaseName: release.name,
      targetNamespace: release.namespace,
      storageNamespace: release.namespace,
      chart: {
        spec: {
          chart: release.chart,
          version: release.chartVersion,
          sourceRef: { kind: 'HelmRepository', name: sourceOf(release.repository), namespace },
        },
      },
      install: { createNamespace: true },
      ...(release.withheld.length > 0 ? { valuesFrom: [{ kind: 'Secret', name: secretOf(index), valuesKey: 'values.yaml' }] } : {}),
      values: parse(release.values),
    },
  }))
  return yamlDocuments(head, [...sources, ...releases])
}
