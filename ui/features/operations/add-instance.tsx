import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import styles from './action-fields.module.css'
import { nameProblem } from './component-parts.js'

interface AddInstanceProps {
  /** The repeatable component, such as gateway. */
  base: string
  /** The release that the component has by default: that of the new one begins so. */
  release: string
  taken: readonly string[]
  onAdd: (component: string) => void
}

/** Names another instance of a component, such as a second gateway. Enter adds it, and does not send the form around it. */
export function AddInstance({ base, release, taken, onAdd }: AddInstanceProps) {
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const add = () => {
    const found = nameProblem(name, { base, release, taken })
    setProblem(found)
    if (found !== undefined) return
    onAdd(`${base}-${name}`)
    setName('')
  }
  return (
    <div className={styles.add}>
      <TextInput
        size="sm"
        aria-label={`Name of another ${base}`}
        placeholder={`Name of another ${base}, such as eu`}
        error={problem}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          add()
        }}
      />
      <Button size="sm" variant="default" onClick={add}>
        Add {base}
      </Button>
    </div>
  )
}
