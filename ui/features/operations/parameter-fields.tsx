import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { YamlField } from '../../components/yaml-field.js'
import styles from './parameter-fields.module.css'
import type { Parameter } from './parameter-schema.js'

interface ParameterFieldsProps {
  parameters: readonly Parameter[]
  values: Record<string, string | boolean>
  /** Those that a parameter may name. */
  installations?: readonly { value: string; label: string }[]
  onChange: (values: Record<string, string | boolean>) => void
}

/**
 * Fields for parameters of an action, made from its JSON Schema. An action without any shows nothing.
 * What the schema says beyond that is checked by the server, which knows the whole of it.
 */
export function ParameterFields({ parameters, values, installations = [], onChange }: ParameterFieldsProps) {
  return parameters.map((parameter) => (
    <ParameterField
      key={parameter.key}
      parameter={parameter}
      value={values[parameter.key]}
      installations={installations}
      onChange={(value) => onChange({ ...values, [parameter.key]: value })}
    />
  ))
}

interface ParameterFieldProps {
  parameter: Parameter
  value: string | boolean | undefined
  installations: readonly { value: string; label: string }[]
  onChange: (value: string | boolean) => void
}

// One field per kind; an object has no field here and is left to the command line.
function ParameterField({ parameter, value, installations, onChange }: ParameterFieldProps) {
  const { title, description, kind, choices, initial, required } = parameter
  const text = String(value ?? initial ?? '')
  if (kind === 'boolean') {
    return (
      <Checkbox
        label={title}
        description={description}
        checked={(value ?? initial) === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    )
  }
  if (kind === 'lines') return <YamlField label={title} description={description} value={text} onChange={onChange} />
  if (kind === 'choice' || kind === 'installation')
    return (
      <NativeSelect
        label={title}
        description={description}
        required={required}
        value={text}
        data={kind === 'choice' ? choices : [{ value: '', label: 'None' }, ...installations]}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  if (kind === 'several')
    return (
      <Checkbox.Group
        label={title}
        description={description}
        required={required}
        value={text.split(',').filter((name) => name !== '')}
        onChange={(names) => onChange(names.join(','))}
      >
        <div className={styles.several}>
          {choices.map((choice) => (
            <Checkbox key={choice} value={choice} label={choice} />
          ))}
        </div>
      </Checkbox.Group>
    )
  return (
    <TextInput
      label={title}
      description={description ?? (kind === 'names' ? 'One or several, with commas between them.' : undefined)}
      required={required}
      type={kind === 'number' ? 'number' : 'text'}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
