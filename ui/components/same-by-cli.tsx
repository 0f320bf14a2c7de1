import { IconTerminal2 } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { CommandLine } from './command-line.js'
import styles from './same-by-cli.module.css'

/**
 * "Same by CLI / curl": how a script gets what this screen shows. `path` is the REST address of it.
 * The token is named by its file, so that a copied command gives nothing away.
 */
export function SameByCli({ command, path }: { command: string; path: string }) {
  const box = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event) => {
      const leaves =
        event instanceof KeyboardEvent ? event.key === 'Escape' : event.target instanceof Node && !box.current?.contains(event.target)
      if (leaves) box.current?.removeAttribute('open')
    }
    addEventListener('keydown', close)
    addEventListener('pointerdown', close)
    return () => {
      removeEventListener('keydown', close)
      removeEventListener('pointerdown', close)
    }
  }, [])
  const curl = `curl -H "Authorization: Bearer $(cat ~/.meshwright/token)" '${location.origin}${path}'`
  return (
    <details ref={box} className={styles.box}>
      <summary className={styles.summary}>
        <IconTerminal2 size={15} aria-hidden="true" /> Same by CLI
      </summary>
      <div className={styles.panel}>
        <CommandLine label="CLI" command={command} />
        <CommandLine label="curl" command={curl} />
      </div>
    </details>
  )
}
