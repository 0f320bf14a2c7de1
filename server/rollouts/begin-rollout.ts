import type { Installation } from '../../contract/installation.js'
import type { NewRollout } from '../../contract/rollout.js'
import { newId } from '../database/new-id.js'
import { AppError } from '../errors.js'
import { planStage, rolloutEvent } from './follow-rollouts.js'
import type { RevisionMember, RolloutDeps } from './rollout-deps.js'
import type { RolloutRow } from './rollout-store.js'

/**
 * Records a rollout and asks for the plan of its first stage; nothing in the cluster changes. Nothing is stored when it
 * throws: `not-found`, `action-not-offered`, `invalid-request`, `rollout-unfinished`, `cluster-forbidden`.
 */
export function beginRollout(deps: RolloutDeps, input: NewRollout): RolloutRow {
  const { simulated } = deps.cluster(input.cluster)
  const { mesh, namespace, revision } = findInstallation(deps, input)
  for (const action of ['canary', 'join', 'retire', ...(input.mode === 'tag' ? ['point-tag'] : [])]) deps.assertOffered(mesh, action)
  const { cluster, version, mode, newRevision = version.replaceAll('.', '-') } = input
  const row: RolloutRow = {
    ...{ id: newId(), cluster, mesh, namespace, revision, version, newRevision, mode, tag: tagOf(input), simulated },
    ...{ waves: wavesOf(deps, input, { mesh, revision }), state: 'planning', stage: 0, failure: null },
    ...{ createdAt: deps.now(), endedAt: null },
  }
  if (newRevision === revision) throw wrongField('/newRevision', `${revision} is the revision that is there: name another one`)
  refuseSecond(deps, row)
  deps.events.change((append) => {
    deps.rollouts.insert(row)
    planStage(deps, row)
    append(rolloutEvent(row, 'planning'))
  })
  return row
}

/** The one installation that the fields describe. */
function findInstallation(deps: RolloutDeps, input: NewRollout): Pick<Installation, 'mesh' | 'namespace' | 'revision'> {
  const { installation: id, ...wanted } = input
  if (id === undefined && wanted.mesh === undefined) throw wrongField('/mesh', 'name the mesh, or the installation')
  if (wanted.mesh !== undefined) deps.assertOffered(wanted.mesh, 'canary')
  const fields = ['cluster', 'mesh', 'namespace', 'revision'] as const
  const fitting = deps
    .installations()
    .filter((each) => (id ?? each.id) === each.id && fields.every((field) => (wanted[field] ?? each[field]) === each[field]))
  const [found, ...others] = fitting
  if (found === undefined) {
    throw new AppError('not-found', 'There is no such installation.', {
      cause: 'It was removed, its cluster is not read at the moment, or it is in another cluster.',
      remedy: 'GET /api/v1/installations lists those that are there.',
    })
  }
  if (others.length === 0) return found
  throw new AppError('invalid-request', `Which of ${fitting.length} installations is upgraded is not said.`, {
    cause: `There are the revisions ${fitting.map(({ revision }) => revision).join(', ')}.`,
    remedy: 'Name the installation, or its revision.',
  })
}

function tagOf({ mode, tag }: NewRollout): string | null {
  if (mode === 'tag' && tag === undefined) throw wrongField('/tag', 'name the tag that namespaces ask for, such as prod')
  if (mode === 'labels' && tag !== undefined) throw wrongField('/tag', 'a tag is pointed in the mode "tag" only')
  return tag ?? null
}

/** What was asked for, or each namespace that has to move as a wave of its own. */
function wavesOf(deps: RolloutDeps, { cluster, tag, waves }: NewRollout, of: { mesh: string; revision: string }): string[][] {
  const members = deps.members({ cluster, mesh: of.mesh })
  if (waves !== undefined) {
    checkWaves(waves, members)
    return waves
  }
  if (members.length === 0) {
    throw new AppError('cluster-forbidden', 'Which namespaces have to move cannot be read.', {
      cause: 'The connection may not list namespaces, or did not do so yet.',
      remedy: 'Name them as waves.',
    })
  }
  const moves = ({ asks, servedBy }: RevisionMember) =>
    tag === undefined ? asks === of.revision || servedBy.includes(of.revision) : asks === tag
  return members
    .filter(moves)
    .map(({ namespace }) => [namespace])
    .sort()
}

function checkWaves(waves: string[][], members: RevisionMember[]): void {
  const seen = new Set<string>()
  const errors = waves.flatMap((wave, at) =>
    wave.flatMap((name, n) => {
      const message = faultOf(name, { seen, members })
      seen.add(name)
      return message === undefined ? [] : [{ pointer: `/waves/${at}/${n}`, message: `${name} ${message}` }]
    }),
  )
  if (errors.length === 0) return
  throw new AppError('invalid-request', 'Some namespaces of the waves cannot be moved.', {
    cause: errors.map(({ message }) => message).join('; '),
    remedy: 'Name each member of the mesh once; GET /api/v1/namespaces lists them.',
    errors,
  })
}

// Where namespaces may not be listed nothing is known of them: the plan of the wave says what is wrong.
function faultOf(name: string, { seen, members }: { seen: ReadonlySet<string>; members: RevisionMember[] }): string | undefined {
  if (seen.has(name)) return 'is named twice'
  if (members.length === 0) return undefined
  const member = members.find(({ namespace }) => namespace === name)
  if (member === undefined) return 'is not in the cluster'
  return member.asks === undefined && member.servedBy.length === 0 ? 'is not in the mesh' : undefined
}

function refuseSecond(deps: RolloutDeps, { cluster, mesh }: RolloutRow): void {
  const other = deps.rollouts.unfinished().find((each) => each.cluster === cluster && each.mesh === mesh)
  if (other === undefined) return
  throw new AppError('rollout-unfinished', 'Another rollout of this mesh goes on in the cluster.', {
    cause: `Rollout ${other.id} to ${other.version} is ${other.state}.`,
    remedy: `Bring it to its end, or stop it: POST /api/v1/rollouts/${other.id}/stop.`,
  })
}

function wrongField(pointer: string, message: string): AppError {
  return new AppError('invalid-request', 'The rollout cannot begin as it is described.', {
    cause: `${pointer.slice(1)}: ${message}.`,
    errors: [{ pointer, message }],
  })
}
