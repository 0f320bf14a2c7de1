import { Button, TextInput } from '@mantine/core'
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react'
import { RequestProblem } from '../../components/request-problem.js'
import { YamlField } from '../../components/yaml-field.js'
import type { Schema } from '../../lib/schema.js'
import { useAddCluster } from './clusters-api.js'
import styles from './kubeconfig-form.module.css'

const empty = { name: '', kubeconfig: '', context: '', namespaces: '' }

/**
 * Connects a cluster by a pasted or uploaded kubeconfig. The server judges it and says what it refuses.
 * What is refused keeps its text in the form, ready to be mended.
 */
export function KubeconfigForm({ onConnected }: { onConnected: (cluster: Schema<'Cluster'>) => void }) {
  const [form, setForm] = useState(empty)
  const add = useAddCluster()
  const change = (key: keyof typeof empty) => (event: ChangeEvent<HTMLInputElement>) =>
    setForm({ ...form, [key]: event.currentTarget.value })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate(newCluster(form), { onSuccess: onConnected })
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        data-autofocus
        label="Name"
        description="What you want to call this cluster."
        required
        value={form.name}
        onChange={change('name')}
      />
      <YamlField
        label="Kubeconfig"
        description="With inline data only: no exec plugin, no auth provider, no paths to files. It is stored encrypted."
        placeholder={'apiVersion: v1\nkind: Config\n…'}
        value={form.kubeconfig}
        onChange={(kubeconfig) => setForm({ ...form, kubeconfig })}
      />
      <FileButton onText={(kubeconfig) => setForm({ ...form, kubeconfig })} />
      <div className={styles.pair}>
        <TextInput label="Context" description="Empty: the current context." value={form.context} onChange={change('context')} />
        <TextInput
          label="Namespaces"
          description="Empty: the whole cluster. Else names with commas."
          value={form.namespaces}
          onChange={change('namespaces')}
        />
      </div>
      {add.error !== null && <RequestProblem error={add.error} />}
      <div className={styles.actions}>
        <Button type="submit" size="sm" loading={add.isPending} disabled={form.name.trim() === '' || form.kubeconfig.trim() === ''}>
          Connect
        </Button>
      </div>
    </form>
  )
}

// The file is read here and lands in the field, so that what is sent is what is seen.
function FileButton({ onText }: { onText: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.currentTarget.files?.[0]
    if (file) onText(await file.text())
  }
  return (
    <div>
      <input ref={input} type="file" hidden aria-label="Kubeconfig file" onChange={(event) => void read(event)} />
      <Button variant="default" onClick={() => input.current?.click()}>
        Choose a file
      </Button>
    </div>
  )
}

// Names of namespaces may be separated by commas, blanks or lines.
function newCluster({ name, kubeconfig, context, namespaces }: typeof empty): Schema<'NewCluster'> {
  const scope = namespaces.split(/[\s,]+/).filter((word) => word !== '')
  return {
    name: name.trim(),
    kubeconfig,
    ...(context.trim() !== '' && { context: context.trim() }),
    ...(scope.length > 0 && { scope }),
  }
}
