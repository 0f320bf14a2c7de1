import { describe, expect, it } from 'vitest'
import { compareDefinitions } from '../../adapters/runtime/definition-age.js'
import { judgeDefinitions, type PresentDefinition } from '../../adapters/runtime/present-definitions.js'
import { ownerOfDefinition } from '../../installers/definition-owner.js'

const definition = (fields: readonly string[], versions = ['v1']) => ({
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'meshes.kuma.io' } },
  spec: {
    versions: versions.map((name) => ({
      name,
      schema: {
        openAPIV3Schema: {
          properties: { spec: { items: { properties: Object.fromEntries(fields.map((field) => [field, { description: 'text' }])) } } },
        },
      },
    })),
  },
})

describe('Two definitions of one kind', () => {
  it('differ by versions and fields, however deep, and never by texts', () => {
    expect(compareDefinitions(definition(['a', 'b']), definition(['a']))).toEqual({ live: ['v1 spec[].b'], wanted: [] })
    expect(compareDefinitions(definition(['a']), definition(['a'], ['v1', 'v2'])).wanted).toContain('v2')
    expect(compareDefinitions(definition(['a']), definition(['a']))).toEqual({ live: [], wanted: [] })
    expect(compareDefinitions({ ...definition([]), spec: { versions: [{ name: 'v1' }] } }, definition([]))).toMatchObject({ live: [] })
  })
})

describe('Definitions that are there before a release brings them', () => {
  const release = { release: 'kuma', namespace: 'kuma-system', raw: 'nobody' as const, adopts: false }
  const ofRelease = { 'meta.helm.sh/release-name': 'kuma', 'meta.helm.sh/release-namespace': 'kuma-system' }
  const ofArgo = { 'argocd.argoproj.io/tracking-id': 'meshes:x' }
  const present = ({
    annotations = {},
    managers = ['kubectl-client-side-apply'],
    ...more
  }: Partial<PresentDefinition> & { annotations?: object; managers?: string[] }): PresentDefinition => ({
    ...{ live: definition([]), isRaw: true, difference: { live: [], wanted: [] } },
    owner: ownerOfDefinition({ labels: {}, annotations: { ...annotations }, managers }),
    ...more,
  })
  const older = { difference: { live: [], wanted: ['v1 spec.new'] } }
  const newer = { difference: { live: ['v2'], wanted: [] } }
  const codes = (given: Parameters<typeof present>[0], more: object = {}) =>
    judgeDefinitions([present(given)], { ...release, ...more }).map(({ code }) => code)

  it('are older than what nobody updates: helm itself brings those of crds/ with a new release, and a step with an upgrade', () => {
    expect(codes(older)).toEqual(['definitions-older'])
    expect(codes(older, { raw: 'step' })).toEqual([])
    expect(codes(older, { raw: 'helm' })).toEqual([])
    expect(codes({ ...older, isRaw: false, annotations: ofRelease })).toEqual([])
    const [finding] = judgeDefinitions([present(older)], release)
    expect(finding?.cause).toBe('From kubectl. For example v1 spec.new of meshes.kuma.io is not in it.')
    expect(finding?.remedy).toContain('helm show crds')
  })

  it('are newer, and keep what the chart lacks only where helm leaves them', () => {
    expect(codes(newer)).toEqual(['definitions-newer'])
    expect(judgeDefinitions([present(newer)], release)[0]?.remedy).toMatch(/^They stay as they are/)
    expect(judgeDefinitions([present(newer)], { ...release, raw: 'helm' })[0]?.remedy).toContain('they lose these fields')
  })

  it('are not newer where they are of this very release: its chart drops what is in them', () => {
    const dropping = {
      code: 'definitions-drop-fields',
      message: expect.stringContaining('drops versions or fields of 1 definition (meshes.kuma.io)'),
    }
    expect(judgeDefinitions([present({ ...newer, isRaw: false, annotations: ofRelease })], { ...release, raw: 'helm' })).toMatchObject([
      dropping,
    ])
    expect(judgeDefinitions([present(newer)], { ...release, raw: 'step' })).toMatchObject([dropping])
  })

  it('are of others, who are named with the way out', () => {
    expect(codes({ isRaw: false })).toEqual(['definitions-of-others'])
    expect(codes({ isRaw: false }, { adopts: true })).toEqual([])
    expect(codes({ isRaw: false, annotations: ofRelease })).toEqual([])
    expect(codes({ isRaw: false, annotations: { ...ofRelease, 'meta.helm.sh/release-name': 'other' } }, { adopts: true })).toEqual([
      'definitions-of-others',
    ])
    const [argo] = judgeDefinitions([present({ annotations: ofArgo })], { ...release, raw: 'step' })
    expect(argo).toMatchObject({ code: 'definitions-of-others', remedy: expect.stringContaining('Change them there') })
    expect(codes({ annotations: ofArgo })).toEqual([])
  })
})
