import { NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { readField, writeField } from './form-values.js'
import type { FormField } from './parameter-schema.js'
import styles from './value-form.module.css'

interface ValueFormProps {
  component: string
  fields: readonly FormField[]
  /** The values in YAML: the form shows what they say, and writes into them. */
  yaml: string
  /** Of what is there, an empty field leaves the value of the release; of what is new, that of the chart. */
  isThere: boolean
  onChange: (yaml: string) => void
}

/** The values that matter to most people, over the YAML of all of them. */
export function ValueForm({ component, fields, yaml, isThere, onChange }: ValueFormProps) {
  if (fields.length === 0) return null
  return (
    <fieldset className={styles.group} aria-label={`What matters of ${component}`}>
      {fields.map((field) => (
        <ValueField
          key={field.path.join('.')}
          field={field}
          yaml={yaml}
          unset={unsetText(field, isThere)}
          onType={(typed) => onChange(writeField(yaml, field, typed))}
        />
      ))}
    </fieldset>
  )
}

function unsetText({ initial }: FormField, isThere: boolean): string {
  if (isThere) return 'As it is'
  return initial === undefined ? 'As the chart has it' : `As the chart has it: ${wordOf(initial)}`
}

function wordOf(text: string): string {
  return text === 'true' ? 'on' : text === 'false' ? 'off' : text
}

interface ValueFieldProps {
  field: FormField
  yaml: string
  unset: string
  onType: (typed: string) => void
}

// While it is typed into, a field keeps what was typed: "1." is on its way to "1.5", and the YAML says 1 meanwhile.
function ValueField({ field, yaml, unset, onType }: ValueFieldProps) {
  const [draft, setDraft] = useState<string>()
  const { text, error, locked } = readField(yaml, field)
  const common = { label: field.title, description: field.description, error, disabled: locked }
  const choices = choicesOf(field)
  if (choices.length > 0) {
    // What the YAML says may be something else than the choices.
    const known = choices.includes(text) || text === '' ? choices : [...choices, text]
    return (
      <NativeSelect
        {...common}
        value={text}
        data={[{ value: '', label: unset }, ...known.map((value) => ({ value, label: wordOf(value) }))]}
        onChange={(event) => onType(event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput
      {...common}
      inputMode={field.type === 'text' ? 'text' : 'decimal'}
      placeholder={unset}
      value={draft ?? text}
      onChange={(event) => {
        setDraft(event.currentTarget.value)
        onType(event.currentTarget.value)
      }}
      onBlur={() => setDraft(undefined)}
    />
  )
}

// What several values make up is turned on by a form; which of them to take back is for the YAML to say.
function choicesOf({ type, choices, also }: FormField): string[] {
  if (type !== 'boolean') return choices
  return Object.keys(also).length > 0 ? ['true'] : ['true', 'false']
}
