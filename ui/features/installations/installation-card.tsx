import type { ReactNode } from 'react'
import { FactList } from '../../components/fact-list.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { Section } from '../../components/section.js'
import { SimulatedChip } from '../../components/simulated-chip.js'
import { StatePicture } from '../../components/state-picture.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import { ControlPlaneTable } from './control-plane-table.js'
import { DataPlaneBar } from './data-plane-bar.js'
import { DefinitionTable } from './definition-table.js'
import styles from './installation-card.module.css'
import { InstallationLimits } from './installation-limits.js'

type Installation = Schema<'Installation'>

const health: Record<Installation['health'], readonly [Tone, string]> = {
  healthy: ['ok', 'Healthy'],
  degraded: ['warn', 'Degraded'],
  down: ['bad', 'Down'],
  unknown: ['idle', 'Not known'],
}

// As a reader calls them; "unknown" admits that the marks of no tool were found.
const installers: Record<Installation['installer'], string> = {
  meshwright: 'Meshwright',
  helm: 'helm',
  istioctl: 'istioctl',
  'linkerd-cli': 'the linkerd command',
  kubectl: 'kubectl, without a release',
  operator: 'an operator',
  platform: 'the platform of the cluster',
  argocd: 'Argo CD',
  flux: 'Flux',
  unknown: 'not known',
}

const confidences: Record<Installation['confidence'], string> = {
  high: 'for sure',
  medium: 'in all likelihood',
  low: 'by parts of it only',
}

interface InstallationCardProps {
  installation: Installation
  title: ReactNode
  cluster: string
  actions?: ReactNode
  /** What is done more seldom, below the facts. */
  more?: ReactNode
  /** Namespaces of its members whose pods still need a restart. */
  waiting?: readonly Schema<'NamespaceMembership'>[]
}

/**
 * One mesh in one cluster: health, who installed it, control-plane pods, data plane. Why it is not acted on, if so.
 * `title` is a link where the card stands on another page; `actions` are left out for what is only shown.
 */
export function InstallationCard({ installation, title, cluster, actions, more, waiting = [] }: InstallationCardProps) {
  return (
    <Section title={title} note={<InstallationMarks installation={installation} />} actions={actions}>
      <div className={styles.facts}>
        <FactList facts={factsOf(installation, cluster)} />
        {installation.healthReason !== undefined && installation.health !== 'healthy' && (
          <ProblemPanel tone={health[installation.health][0]} problem={{ title: installation.healthReason }} />
        )}
        {!installation.managed && <InstallationLimits can={installation.can} />}
        <HowKnown evidence={installation.evidence} />
        {more}
      </div>
      {installation.definitions === undefined ? (
        <Planes installation={installation} cluster={cluster} />
      ) : (
        <DefinitionTable definitions={installation.definitions} caption={`Definitions in ${cluster}`} />
      )}
      <div className={styles.plane}>
        {installation.definitions === undefined ? <DataPlaneBar installation={installation} /> : <span>Not a mesh: it has no pods.</span>}
        {waiting.map((row) => (
          <StatusMark key={row.namespace} tone="warn" quiet>
            {restartText(row)}
          </StatusMark>
        ))}
      </div>
    </Section>
  )
}

// The control plane, pod by pod.
function Planes({ installation, cluster }: { installation: Installation; cluster: string }) {
  if (installation.components.length === 0) return <StatePicture state="empty" title="None of its control-plane pods was found" />
  return <ControlPlaneTable pods={installation.components} caption={`Control-plane pods in ${cluster}`} />
}

// Healthy, degraded, down or not known; and whether all of it is simulated.
function InstallationMarks({ installation }: { installation: Installation }) {
  const [tone, word] = health[installation.health]
  return (
    <span className={styles.marks}>
      <StatusMark tone={tone}>{word}</StatusMark>
      {installation.simulated && <SimulatedChip />}
    </span>
  )
}

// What was found by marks of others is worth as much as these marks: whoever doubts it can read them.
function HowKnown({ evidence }: Pick<Installation, 'evidence'>) {
  return (
    <details className={styles.known}>
      <summary>How this is known</summary>
      <ul>
        {evidence.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </details>
  )
}

// A pod keeps what it was started with: a namespace that joined later waits for new pods.
function restartText({ namespace, needsRestart }: Schema<'NamespaceMembership'>): string {
  return `${namespace}: ${needsRestart === 1 ? '1 pod needs' : `${needsRestart} pods need`} a restart to join`
}

function factsOf(installation: Installation, cluster: string) {
  return [
    ['Cluster', cluster],
    ['Version', installation.version],
    ['Namespace', installation.namespace === '' ? undefined : <code key="namespace">{installation.namespace}</code>],
    ['Revision', installation.namespace === '' ? undefined : <code key="revision">{installation.revision}</code>],
    ['Installed by', installers[installation.installer]],
    ['Recognised', confidences[installation.confidence]],
  ] as const
}
