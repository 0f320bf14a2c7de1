import { describe, expect, it } from 'vitest'
import { Handling, Installer } from '../../contract/installation.js'
import { installerMarks } from '../../installers/installer-marks.js'
import { answerAll, answerHandling, installersAllowed } from '../../installers/installer-table.js'

const where = 'the Application istio of Argo CD'
const verdictsOf = (installer: Installer) =>
  Object.fromEntries(answerAll({ installer, where }).map(({ handling, verdict }) => [handling, verdict]))

describe('What may be done with an installation, by who made it', () => {
  it.each([...new Set(installerMarks.map(({ installer }) => installer)), 'unknown' as const])(
    'is answered for %s: every wish, and every refusal says where it is done instead',
    (installer) => {
      const answers = answerAll({ installer, where })
      expect(answers.map(({ handling }) => handling)).toEqual(Handling.options)
      for (const { verdict, reason } of answers.filter((answer) => answer.reason !== undefined)) {
        expect(verdict).not.toBe('act')
        expect(reason).toMatch(
          installer === 'meshwright' || installer === 'helm' ? /nothing to adopt/ : /hange it there: the Application istio/,
        )
      }
      for (const { verdict, reason } of answers.filter((answer) => answer.reason === undefined)) {
        expect(verdict === 'refuse' || verdict === 'adopt', reason).toBe(false)
      }
    },
  )

  it('has a mark, a place and a row for every installer but the unknown one', () => {
    const marked = new Set(installerMarks.map(({ installer }) => installer))
    expect(Installer.options.filter((installer) => !marked.has(installer))).toEqual(['unknown'])
    expect(installerMarks.filter((mark) => mark.where.length < 5)).toEqual([])
  })

  it.each(['istioctl', 'linkerd-cli', 'kubectl', 'unknown'] as const)(
    'is adopt first, for what %s put there without a release',
    (installer) => {
      expect(verdictsOf(installer)).toMatchObject({
        adopt: 'act',
        upgrade: 'adopt',
        uninstall: 'adopt',
        membership: 'act',
        canary: 'adopt',
      })
    },
  )

  it.each(['operator', 'platform', 'argocd', 'flux'] as const)('is nothing that %s would undo', (installer) => {
    const { upgrade, ...others } = verdictsOf(installer)
    expect(others).toMatchObject({ adopt: 'refuse', uninstall: 'refuse', canary: 'refuse', rescue: 'refuse', membership: 'act' })
    expect(upgrade).toBe('refuse')
  })

  it('is everything but adopting for releases of helm', () => {
    expect(installersAllowed('upgrade')).toEqual(['meshwright', 'helm'])
    expect(answerHandling({ installer: 'helm', where }, 'adopt').reason).toBe('It is a helm release already: there is nothing to adopt.')
    expect(answerHandling({ installer: 'helm', where }, 'upgrade')).toEqual({ handling: 'upgrade', verdict: 'act' })
  })
})
