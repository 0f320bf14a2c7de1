import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { RequestProblem } from '../../components/request-problem.js'
import { YamlField } from '../../components/yaml-field.js'
import type { Schema } from '../../lib/schema.js'
import { versionOption } from '../../lib/version-option.js'
import styles from './rollout-form.module.css'
import { useBeginRollout } from './rollouts-api.js'

interface RolloutFormProps {
  installation: Schema<'Installation'>
  versions: readonly Schema<'MeshVersion'>[]
  onBegun: (rollout: Schema<'Rollout'>) => void
}

const modes = [
  { value: 'labels', label: 'By their labels' },
  { value: 'tag', label: 'By a tag they ask for' },
]

/** What a rollout is asked for. The server fills in what is left empty, and judges the rest. */
export function RolloutForm({ installation, versions, onBegun }: RolloutFormProps) {
  const [form, setForm] = useState({ version: firstVersion(versions), newRevision: '', mode: 'labels', tag: '', waves: '' })
  const begin = useBeginRollout()
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (event: { currentTarget: { value: string } }) => setForm({ ...form, [name]: event.currentTarget.value }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    begin.mutate(requestOf(installation, form), { onSuccess: onBegun })
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <p className={styles.text}>
        A second control plane comes up beside revision <code>{installation.revision}</code> ({installation.version}), the namespaces move
        to it in waves, and the first one goes when nobody is left on it. Each stage is planned, and begins when you approve its plan.
      </p>
      <div className={styles.fields}>
        <NativeSelect label="Version" data={versions.map(versionOption)} {...field('version')} />
        <TextInput label="New revision" placeholder={form.version.replaceAll('.', '-')} {...field('newRevision')} />
        <NativeSelect label="How namespaces move" data={modes} {...field('mode')} />
        {form.mode === 'tag' && <TextInput label="Tag" placeholder="prod" required {...field('tag')} />}
      </div>
      <YamlField
        label="Waves"
        description="One wave a line, the namespaces of it with commas between them. Empty: each namespace by itself."
        value={form.waves}
        onChange={(waves) => setForm({ ...form, waves })}
      />
      {begin.error !== null && <RequestProblem error={begin.error} />}
      <div className={styles.actions}>
        <p className={styles.text}>The first stage is planned now. Planning changes nothing.</p>
        <Button type="submit" size="sm" loading={begin.isPending}>
          Begin the rollout
        </Button>
      </div>
    </form>
  )
}

function firstVersion(versions: readonly Schema<'MeshVersion'>[]): string {
  return (versions.find(({ newestPatch }) => newestPatch) ?? versions[0])?.version ?? ''
}

interface Asked {
  version: string
  newRevision: string
  mode: string
  tag: string
  waves: string
}

function requestOf({ id, cluster }: Schema<'Installation'>, { version, newRevision, mode, tag, waves }: Asked): Schema<'NewRollout'> {
  const lines = waves.split('\n').map((line) => line.split(/[\s,]+/).filter((name) => name !== ''))
  const named = lines.filter((wave) => wave.length > 0)
  return {
    ...{ kind: 'canary', cluster, installation: id, version },
    ...(newRevision !== '' && { newRevision }),
    ...(mode === 'tag' ? { mode, tag } : { mode: 'labels' }),
    ...(named.length > 0 && { waves: named }),
  }
}
