import { Textarea } from '@mantine/core'
import styles from './yaml-field.module.css'

interface YamlFieldProps {
  label: string
  description?: string | undefined
  value: string
  error?: string | undefined
  placeholder?: string | undefined
  onChange: (value: string) => void
}

/**
 * A monospaced field for YAML that grows with its text; Tab leaves it, so that nobody is caught in it.
 * A code editor would nearly double what the page loads; errors stand below with line and column.
 */
export function YamlField({ label, description, value, error, placeholder, onChange }: YamlFieldProps) {
  const rows = Math.min(24, Math.max(4, value.split('\n').length + 1))
  return (
    <Textarea
      label={label}
      description={description}
      error={error}
      value={value}
      placeholder={placeholder}
      rows={rows}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      classNames={{ input: styles.input ?? '' }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
