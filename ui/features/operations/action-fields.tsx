import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { clusterNameText } from '../../components/cluster-name.js'
import { RequestProblem } from '../../components/request-problem.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import { versionOption } from '../../lib/version-option.js'
import styles from './action-fields.module.css'
import {
  type ActionChoice,
  type ActionForm,
  asksNamespace,
  asksRevision,
  asksVersion,
  componentsOf,
  initialForm,
  makesInstallation,
  readsVersion,
  requestOf,
} from './action-form.js'
import { ComponentFields } from './component-fields.js'
import { ParameterFields } from './parameter-fields.js'
import { componentsAsk, parametersOf } from './parameter-schema.js'
import { useCreatePlan } from './plans-api.js'

interface ActionFieldsProps {
  choice: ActionChoice
  clusters: readonly Schema<'Cluster'>[]
  cluster: string
  onCluster: (cluster: string) => void
  onPlan: (plan: Schema<'Plan'>) => void
}

/**
 * The first half of the start dialog: what to do and where. It ends in a plan, which changes nothing.
 * What cannot be read as YAML is told beside its field; everything else is judged by the server, in one place.
 */
export function ActionFields({ choice, clusters, cluster, onCluster, onPlan }: ActionFieldsProps) {
  const [form, setForm] = useState(() => initialForm(choice, cluster))
  const [errors, setErrors] = useState<Record<string, string>>({})
  const create = useCreatePlan()
  const change = (part: Partial<ActionForm>) => {
    setForm({ ...form, ...part })
    if (part.cluster !== undefined) onCluster(part.cluster)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const made = requestOf(choice, form)
    setErrors('errors' in made ? made.errors : {})
    if ('request' in made) create.mutate(made.request, { onSuccess: onPlan })
  }
  const version = choice.versions.find((each) => each.version === form.version)
  return (
    <form className={styles.form} onSubmit={submit}>
      <TargetFields choice={choice} clusters={clusters} form={form} onChange={change} />
      {makesInstallation(choice) && version !== undefined && <VersionNotes version={version} />}
      <ComponentFields
        components={componentsOf(choice, form)}
        schema={choice.action.parametersSchema}
        ask={componentsAsk(choice.action.parametersSchema)}
        forms={form.components}
        errors={errors}
        onChange={(components) => change({ components })}
      />
      <ImageFields choice={choice} values={form.images} onChange={(images) => change({ images })} />
      <ParameterFields
        parameters={parametersOf(choice.action.parametersSchema, 'params')}
        values={form.params}
        installations={choice.installations.map((each) => ({ value: each.id, label: whereText(each, clusters) }))}
        onChange={(params) => change({ params })}
      />
      {create.error !== null && <RequestProblem error={create.error} />}
      <div className={styles.actions}>
        <p className={styles.promise}>Planning changes nothing: the API server is asked what it would do.</p>
        <Button type="submit" size="sm" loading={create.isPending} disabled={form.cluster === ''}>
          Make a plan
        </Button>
      </div>
    </form>
  )
}

interface TargetFieldsProps {
  choice: ActionChoice
  clusters: readonly Schema<'Cluster'>[]
  form: ActionForm
  onChange: (part: Partial<ActionForm>) => void
}

// Where, and for a new installation which version; for one that is there, which one.
function TargetFields({ choice, clusters, form, onChange }: TargetFieldsProps) {
  const here = choice.installations.filter((each) => each.cluster === form.cluster)
  const chooseCluster = (cluster: string) =>
    onChange({ cluster, installation: choice.installations.find((each) => each.cluster === cluster)?.id ?? '' })
  return (
    <div className={styles.target}>
      <NativeSelect
        label="Cluster"
        required
        value={form.cluster}
        onChange={(event) => chooseCluster(event.currentTarget.value)}
        data={clusters.map((each) => ({ value: each.id, label: clusterNameText(each) }))}
      />
      {asksVersion(choice) && (
        <NativeSelect
          label="Version"
          value={form.version}
          onChange={(event) => onChange({ version: event.currentTarget.value })}
          data={[...(readsVersion(choice) ? [{ value: '', label: 'The one that is there' }] : []), ...choice.versions.map(versionOption)]}
        />
      )}
      {asksNamespace(choice) && (
        <TextInput
          label="Namespace"
          required
          value={form.namespace}
          onChange={(event) => onChange({ namespace: event.currentTarget.value })}
        />
      )}
      {asksRevision(choice) && (
        <TextInput
          label="Revision"
          placeholder="default"
          value={form.revision}
          onChange={(event) => onChange({ revision: event.currentTarget.value })}
        />
      )}
      {!makesInstallation(choice) && here.length > 0 && (
        <NativeSelect
          label="Installation"
          value={form.installation}
          onChange={(event) => onChange({ installation: event.currentTarget.value })}
          data={here.map((each) => ({ value: each.id, label: placeText(each) }))}
        />
      )}
    </div>
  )
}

function whereText(installation: Schema<'Installation'>, clusters: readonly Schema<'Cluster'>[]): string {
  const cluster = clusters.find(({ id }) => id === installation.cluster)
  return [...(cluster ? [clusterNameText(cluster)] : []), placeText(installation)].join(': ')
}

// What has no namespace is in the whole cluster.
function placeText({ version, namespace, revision }: Schema<'Installation'>): string {
  return namespace === '' ? version : `${version} in ${namespace}, revision ${revision}`
}

interface ImageFieldsProps {
  choice: ActionChoice
  values: ActionForm['images']
  onChange: (values: ActionForm['images']) => void
}

// Folded away: most clusters pull images from where the project puts them.
function ImageFields({ choice, values, onChange }: ImageFieldsProps) {
  const parameters = parametersOf(choice.action.parametersSchema, 'images')
  if (parameters.length === 0) return null
  return (
    <details className={styles.values}>
      <summary>Private registry</summary>
      <div className={styles.inside}>
        <ParameterFields parameters={parameters} values={values} onChange={onChange} />
      </div>
    </details>
  )
}

const tones = { good: 'ok', info: 'idle', warning: 'warn', error: 'bad' } as const

// Of the version that is chosen, everything the server has to say, with its reasons.
function VersionNotes({ version: { version, marks } }: { version: Schema<'MeshVersion'> }) {
  return (
    <ul className={styles.marks} aria-label={`About ${version}`}>
      {marks.map(({ code, level, title, text }) => (
        <li key={`${code} ${text}`}>
          <StatusMark tone={tones[level]}>{title}</StatusMark> {text}
        </li>
      ))}
    </ul>
  )
}
