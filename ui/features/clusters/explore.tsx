import { Button } from '@mantine/core'
import { IconFlask } from '@tabler/icons-react'
import { useState } from 'react'
import { RequestProblem } from '../../components/request-problem.js'
import { Section } from '../../components/section.js'
import type { Schema } from '../../lib/schema.js'
import { useAddSimulated } from './clusters-api.js'
import styles from './explore.module.css'
import { SceneChoice } from './scene-choice.js'
import { firstScene } from './scenes.js'

interface ExploreProps {
  onAdded: (cluster: Schema<'Cluster'>) => void
}

/**
 * A simulated cluster at one click, for everybody without one at hand; another scene is a second click.
 * It says what it is before it is pressed: nobody should take its figures for those of a mesh.
 */
export function Explore({ onAdded, primary }: ExploreProps & { primary: boolean }) {
  return (
    <Section title="No cluster at hand?" note="Needs no Kubernetes, no helm and no internet.">
      <ExploreForm onAdded={onAdded} primary={primary} />
    </Section>
  )
}

/** The same without a frame, for a dialog. `primary` when nothing else on the page is the likelier next step. */
export function ExploreForm({ onAdded, primary }: ExploreProps & { primary: boolean }) {
  const [scene, setScene] = useState(firstScene)
  const add = useAddSimulated()
  return (
    <div className={styles.explore}>
      <p className={styles.text}>
        A simulated cluster is a small Kubernetes API inside Meshwright. You check it, plan, install and remove as on a real one, through
        the same steps. No mesh runs in it, so nothing there is a measurement of a mesh.
      </p>
      <SceneChoice value={scene} onChange={setScene} />
      {add.error !== null && <RequestProblem error={add.error} />}
      <div>
        <Button
          size="sm"
          variant={primary ? 'filled' : 'default'}
          leftSection={<IconFlask size={16} aria-hidden="true" />}
          loading={add.isPending}
          onClick={() => add.mutate(scene, { onSuccess: onAdded })}
        >
          {'Explore with a simulated cluster'}
        </Button>
      </div>
    </div>
  )
}

/** One click where there is room for a button only: the first scene, at once. */
export function ExploreButton({ onAdded }: ExploreProps) {
  const add = useAddSimulated()
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFlask size={14} aria-hidden="true" />}
        loading={add.isPending}
        onClick={() => add.mutate(firstScene, { onSuccess: onAdded })}
      >
        {'Explore with a simulated cluster'}
      </Button>
      {add.error !== null && <RequestProblem error={add.error} />}
    </>
  )
}
