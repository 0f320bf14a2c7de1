import { useId } from 'react'
import styles from './scene-choice.module.css'
import { type SceneName, scenes } from './scenes.js'

/**
 * What a simulated cluster begins with: one of three, each with a sentence. Plain radio buttons inside,
 * so that arrow keys move between them and a screen reader reads title and sentence.
 */
export function SceneChoice({ value, onChange }: { value: SceneName; onChange: (scene: SceneName) => void }) {
  const id = useId()
  const textId = (name: SceneName) => `${id}${name}`
  return (
    <fieldset className={styles.choice}>
      <legend className={styles.legend}>Begin with</legend>
      <div className={styles.scenes}>
        {scenes.map(({ name, title, text }) => (
          <label key={name} className={styles.scene} data-scene={name}>
            <input
              type="radio"
              name={id}
              className={styles.radio}
              checked={name === value}
              onChange={() => onChange(name)}
              aria-describedby={textId(name)}
            />
            <span className={styles.words}>
              <span className={styles.title}>{title}</span>
              <span className={styles.text} id={textId(name)}>
                {text}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
