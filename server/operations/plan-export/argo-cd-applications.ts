import { parse } from 'yaml'
import { type ExportedPlan, fileHead, objectNames } from './exported-plan.js'
import { yamlDocuments } from './yaml-documents.js'

/** One Argo CD Application for each release. Sync waves keep the order where the Applications belong to one of their own. */
export function argoCdApplications(plan: ExportedPlan): string {
  const head = fileHead(plan, [
    'Sync the Applications in this order; below one Application of your own, their sync waves do it.',
    'Argo CD renders charts by itself: helm list will not show these releases, and the cluster is not asked for lookups.',
    ...(plan.releases.some(({ withheld }) => withheld.length > 0)
      ? ['Give secret values by a plugin or a source of your own: an Application cannot refer to a Secret.']
      : []),
  ])
  const names = objectNames(plan.releases)
  return yamlDocuments(
    head,
    plan.releases.map(({ name, namespace, chart, chartVersion, repository, values }, index) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: names[index], namespace: 'argocd', annotations: { 'argocd.argoproj.io/sync-wave': String(index) } },
      spec: {
        project: 'default',
        source: {
          repoURL: repository ?? '',
          chart,
          targetRevision: chartVersion,
          helm: { releaseName: name, valuesObject: parse(values) },
        },
        destination: { server: 'https://kubernetes.default.svc', namespace },
        syncPolicy: { syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'] },
      },
    })),
  )
}
