import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import type { PlannedRelease, PlanStep } from '../../../contract/plan.js'
import { exportPlan } from '../../../server/operations/plan-export/export-plan.js'
import type { PlanRow } from '../../../server/operations/plan-store.js'

// The fields are those of the projects' own definitions: applications.argoproj.io v1alpha1, helmrepositories
// source.toolkit.fluxcd.io/v1 and helmreleases helm.toolkit.fluxcd.io/v2.

const repository = 'https://istio-release.storage.googleapis.com/charts'
const hostile = {
  text: 'it\'s $(touch hacked) `touch hacked` \\ "quoted"',
  lines: "VALUES\nEOF\n$(touch hacked)\n'\n---\nkind: ClusterRoleBinding\n",
  list: ['- a', '# no comment', 'a: b', '{{ .Values.x }}'],
  number: '1.30',
  switch: 'yes',
}

const base = step('base', { name: 'istio-base', chart: 'base' })
const istiod = step('istiod', { name: 'istiod', chart: 'istiod', values: stringify({ pilot: hostile }) })

describe('a plan for helm', () => {
  it('runs the same helm with the same values, whatever stands in them', () => {
    const run = runScript(exportPlan(plan([base, istiod]), 'helm').text, ['--kube-context', 'lab'])
    expect(run.map(({ argv }) => argv.join(' ').replaceAll(/\/\S+\/(\d\.yaml)/g, '$1'))).toEqual([
      `upgrade --install istio-base base --repo ${repository} --version 1.30.3 --namespace istio-system --create-namespace --reset-values --values 1.yaml --wait --kube-context lab`,
      `upgrade --install istiod istiod --repo ${repository} --version 1.30.3 --namespace istio-system --create-namespace --reset-values --values 2.yaml --wait --kube-context lab`,
    ])
    expect(run.map(({ values }) => values[0])).toEqual([{ base: { validationFailurePolicy: 'Fail' } }, { pilot: hostile }])
  })

  it('takes over what is there when the plan adopts it, and only then', () => {
    const made = plan([base])
    const adopting = { ...made, request: { ...made.request, action: 'adopt' } }
    expect(runScript(exportPlan(adopting, 'helm').text)[0]?.argv).toContain('--take-ownership')
    expect(exportPlan(adopting, 'helm').text).toContain('Needs helm 3.17 or later')
    expect(runScript(exportPlan(made, 'helm').text)[0]?.argv).not.toContain('--take-ownership')
  })

  it('ends a values file where its text ends, and not at a word in it', () => {
    const text = step('base', { name: 'istio-base', chart: 'base', values: 'VALUES\ntouch hacked\n' })
    expect(runScript(exportPlan(plan([text]), 'helm').text)[0]?.values).toEqual(['VALUES touch hacked'])
  })

  it('asks for secret values as a file and runs nothing without it', () => {
    const secret = step('istiod', { name: 'istiod', chart: 'istiod', withheld: ['global.token'] })
    const { text } = exportPlan(plan([secret]), 'helm')
    expect(text).toContain('#   istiod: global.token\n')
    expect(() => runScript(text)).toThrow(/SECRET_VALUES_ISTIO_SYSTEM_ISTIOD.*must name a values file/)
    const file = join(mkdtempSync(join(tmpdir(), 'secret-')), "it's mine.yaml")
    writeFileSync(file, 'global: {token: t}\n')
    expect(runScript(text, [], { SECRET_VALUES_ISTIO_SYSTEM_ISTIOD: file })[0]?.values[1]).toEqual({ global: { token: 't' } })
  })

  it('lets no title and no command begin a line of its own', () => {
    const wait: PlanStep = {
      key: 'w',
      title: 'Wait\ntouch hacked',
      component: 'w',
      kind: 'wait',
      hooks: [],
      equivalent: 'kubectl wait x\r\ntouch hacked',
    }
    const titled = { ...base, title: 'Install\ntouch hacked' }
    const { text } = exportPlan(plan([titled, wait]), 'helm')
    expect(text).toContain('# The plan does this besides, and this file does not:\n#   Wait touch hacked: kubectl wait x touch hacked\n')
    expect(runScript(text)).toHaveLength(1)
  })
})

describe('a plan for Argo CD', () => {
  it('is an Application for each release, in order', () => {
    const { text, name, type } = exportPlan(plan([base, istiod]), 'argo-cd')
    expect([name, type]).toEqual(['istio-install-1.30.3-argo-cd.yaml', 'application/yaml; charset=utf-8'])
    const [first, second, ...more] = documentsOf(text)
    expect(more).toEqual([])
    expect(first).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'istio-base', namespace: 'argocd', annotations: { 'argocd.argoproj.io/sync-wave': '0' } },
      spec: {
        project: 'default',
        source: {
          repoURL: repository,
          chart: 'base',
          targetRevision: '1.30.3',
          helm: { releaseName: 'istio-base', valuesObject: { base: { validationFailurePolicy: 'Fail' } } },
        },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'istio-system' },
        syncPolicy: { syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'] },
      },
    })
    expect(second).toMatchObject({
      metadata: { name: 'istiod', annotations: { 'argocd.argoproj.io/sync-wave': '1' } },
      spec: { source: { helm: { valuesObject: { pilot: hostile } } } },
    })
  })

  it('tells two releases of one name apart', () => {
    const twin = step('gateway-eu', { name: 'gateway', namespace: 'eu', chart: 'gateway' })
    const { text } = exportPlan(plan([step('gateway', { name: 'gateway', namespace: 'us', chart: 'gateway' }), twin]), 'argo-cd')
    expect(documentsOf(text).map(({ metadata }) => metadata.name)).toEqual(['us-gateway', 'eu-gateway'])
  })
})

describe('a plan for Flux', () => {
  it('is a HelmRepository and a HelmRelease for each release, each after the one before', () => {
    const [source, first, second, ...more] = documentsOf(exportPlan(plan([base, istiod]), 'flux').text)
    expect(more).toEqual([])
    expect(source).toEqual({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'istio', namespace: 'flux-system' },
      spec: { interval: '1h', url: repository },
    })
    expect(first).toEqual({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'istio-base', namespace: 'flux-system' },
      spec: {
        interval: '1h',
        releaseName: 'istio-base',
        targetNamespace: 'istio-system',
        storageNamespace: 'istio-system',
        chart: {
          spec: { chart: 'base', version: '1.30.3', sourceRef: { kind: 'HelmRepository', name: 'istio', namespace: 'flux-system' } },
        },
        install: { createNamespace: true },
        values: { base: { validationFailurePolicy: 'Fail' } },
      },
    })
    expect(second).toMatchObject({ spec: { dependsOn: [{ name: 'istio-base' }], values: { pilot: hostile } } })
  })

  it('refers to secret values', () => {
    const secret = step('istiod', { name: 'istiod', chart: 'istiod', withheld: ['global.token'] })
    const { text } = exportPlan(plan([secret]), 'flux')
    expect(documentsOf(text)[1]).toMatchObject({
      spec: { valuesFrom: [{ kind: 'Secret', name: 'istiod-secret-values', valuesKey: 'values.yaml' }] },
    })
    expect(text).toContain('#   istiod: global.token\n')
  })
})

describe('a plan that cannot be handed on', () => {
  const wait: PlanStep = { key: 'wait', title: 'Wait', component: 'x', kind: 'wait', hooks: [] }

  it.each([
    ['is still being made', plan([base], 'planning'), 'plan-not-ready'],
    ['is refused', plan([base], 'refused'), 'plan-refused'],
    ['failed', plan([base], 'failed'), 'plan-refused'],
    ['has no release', plan([wait]), 'nothing-to-export'],
  ])('is refused when it %s', (_why, row, code) => {
    expect(() => exportPlan(row, 'flux')).toThrow(expect.objectContaining({ code }))
  })
})

function step(key: string, { name, chart, ...more }: Partial<PlannedRelease> & { name: string; chart: string }): PlanStep {
  const values = stringify({ base: { validationFailurePolicy: 'Fail' } })
  const release = { name, namespace: 'istio-system', chart, chartVersion: '1.30.3', repository, values, withheld: [], ...more }
  return { key, title: `Install ${key}`, component: key, kind: 'helm', hooks: [], release }
}

function plan(steps: PlanStep[], state: PlanRow['state'] = 'ready'): PlanRow {
  const cluster = '019ab000-0000-7000-8000-000000000001'
  return {
    ...{ id: '019ab000-0000-7000-8000-000000000002', cluster, state, steps, simulated: false, createdAt: Date.parse('2026-11-25') },
    request: { cluster, mesh: 'istio', action: 'install', version: '1.30.3' },
    ...{
      progress: null,
      failure: null,
      digest: null,
      retryOf: null,
      parent: null,
      sealedParameters: null,
      readyAt: null,
      findings: [],
      confirmations: [],
      leftovers: [],
    },
  }
}

function documentsOf(text: string): { metadata: { name: string } }[] {
  return parseAllDocuments(text).map((document) => document.toJS())
}

/** What a helm was told by a script that /bin/sh ran; fails when the script left anything in its folder. */
function runScript(text: string, argv: string[] = [], environment: Record<string, string> = {}): { argv: string[]; values: unknown[] }[] {
  const folder = mkdtempSync(join(tmpdir(), 'meshwright-export-'))
  const bin = mkdtempSync(join(tmpdir(), 'meshwright-bin-'))
  const tells = `const { readFileSync } = require('fs'), argv = process.argv.slice(2)
    const values = argv.filter((_, n) => argv[n - 1] === '--values').map((file) => readFileSync(file, 'utf8'))
    console.log(JSON.stringify({ argv, values }))`
  writeFileSync(join(bin, 'helm'), `#!${process.execPath}\n${tells}\n`)
  chmodSync(join(bin, 'helm'), 0o755)
  writeFileSync(join(bin, 'export.sh'), text)
  const env = { PATH: `${bin}:${process.env.PATH}`, ...environment }
  const stdout = execFileSync('/bin/sh', [join(bin, 'export.sh'), ...argv], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' })
  expect(readdirSync(folder)).toEqual([])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ argv: told, values }: { argv: string[]; values: string[] }) => ({ argv: told, values: values.map((value) => parse(value)) }))
}
