import { describe, expect, it } from 'vitest'
import { ownerOfDefinition } from '../../installers/definition-owner.js'

const release = { 'meta.helm.sh/release-name': 'consul', 'meta.helm.sh/release-namespace': 'mesh' }

describe('The owner of a definition', () => {
  it.each([
    ['a helm release, by its marks', { annotations: release, managers: ['helm'] }, 'the helm release mesh/consul', false],
    ['helm without a release, from a folder of definitions', { managers: ['helm'] }, "helm, from a chart's folder of definitions", false],
    [
      'Meshwright, also where the marks of a release stayed',
      { annotations: release, managers: ['helm', 'meshwright'] },
      'Meshwright',
      false,
    ],
    [
      'Argo CD, before the marks that its helm leaves',
      { annotations: { ...release, 'argocd.argoproj.io/tracking-id': 'x' }, managers: [] },
      'Argo CD',
      true,
    ],
    [
      'GKE, also where somebody else wrote last',
      { annotations: { 'components.gke.io/component-version': '1' }, managers: ['meshwright'] },
      'GKE',
      true,
    ],
    ['kubectl, by its field manager', { managers: ['kubectl-client-side-apply'] }, 'kubectl', false],
    ['nobody that is known', { managers: ['terraform'] }, 'an unknown tool (field manager terraform)', false],
  ])('is %s', (_who, marks, name, reconciles) => {
    expect(ownerOfDefinition(marks)).toMatchObject({ name, reconciles })
  })

  it('names the release that would take the definition along, also after we took it over', () => {
    expect(ownerOfDefinition({ annotations: release, managers: ['meshwright'] }).release).toBe('mesh/consul')
  })
})
