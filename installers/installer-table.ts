import { Handling, type HandlingAnswer, type HandlingVerdict, Installer } from '../contract/installation.js'
import { type FoundInstaller, installerName } from './find-installer.js'

type Row = Record<Handling, HandlingVerdict>

// A helm release holds nobody's desired state, so whoever has helm may change it.
const release: Row = {
  ...{ install: 'act', upgrade: 'act', uninstall: 'act', membership: 'act', canary: 'act', rescue: 'act' },
  ...{ adopt: 'refuse', definitions: 'act', export: 'export' },
}

// Objects that a tool put there once and does not bring back: what is missing is a release that holds them.
const loose: Row = {
  ...{ install: 'act', upgrade: 'adopt', uninstall: 'adopt', membership: 'act', canary: 'adopt', rescue: 'adopt' },
  ...{ adopt: 'act', definitions: 'act', export: 'adopt' },
}

// Somebody compares the objects with a wish of his own and brings them back. Namespaces and their marks are not part of it.
const reconciled: Row = {
  ...{ install: 'act', upgrade: 'refuse', uninstall: 'refuse', membership: 'act', canary: 'refuse', rescue: 'refuse' },
  ...{ adopt: 'refuse', definitions: 'refuse', export: 'refuse' },
}

/** Who installed it × what is wanted: all that Meshwright lets, refuses or leads elsewhere by who made an installation. */
const table: Record<Installer, Row> = {
  meshwright: release,
  helm: release,
  istioctl: loose,
  'linkerd-cli': loose,
  kubectl: loose,
  unknown: loose,
  operator: reconciled,
  platform: reconciled,
  argocd: reconciled,
  flux: reconciled,
}

/** Whether the wish may come true here and now. */
export function isAllowed(installer: Installer, handling: Handling): boolean {
  return table[installer][handling] === 'act'
}

/** The installers whose installations an action of this kind may touch. */
export function installersAllowed(handling: Handling): Installer[] {
  return Installer.options.filter((installer) => isAllowed(installer, handling))
}

/** What becomes of one wish, with the reason in words for a user. */
export function answerHandling({ installer, where }: Pick<FoundInstaller, 'installer' | 'where'>, handling: Handling): HandlingAnswer {
  const verdict = table[installer][handling]
  // An export of one's own release needs no other place.
  if (verdict === 'act' || (verdict === 'export' && table[installer] === release)) return { handling, verdict }
  return { handling, verdict, reason: reasonOf(installer, where, verdict), where }
}

/** What becomes of everything that can be wanted of an installation. */
export function answerAll(found: Pick<FoundInstaller, 'installer' | 'where'>): HandlingAnswer[] {
  return Handling.options.map((handling) => answerHandling(found, handling))
}

function reasonOf(installer: Installer, where: string, verdict: HandlingVerdict): string {
  const who = installerName(installer)
  if (table[installer] === release) return 'It is a helm release already: there is nothing to adopt.'
  if (verdict === 'adopt') return `It was installed by ${who}, and no helm release holds it. Adopt it first, or change it there: ${where}.`
  return `It was installed by ${who}, which would undo our changes. Change it there: ${where}.`
}
