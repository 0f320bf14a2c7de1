import { Button, Checkbox, TextInput } from '@mantine/core'
import { YamlField } from '../../components/yaml-field.js'
import type { Schema } from '../../lib/schema.js'
import styles from './action-fields.module.css'
import type { ComponentForm } from './action-form.js'
import { AddInstance } from './add-instance.js'
import type { Part } from './component-parts.js'
import { type componentsAsk, type FormField, formOf } from './parameter-schema.js'
import { ValueForm } from './value-form.js'

interface ComponentFieldsProps {
  components: readonly Part[]
  /** Of the action: it names the values of each component that matter most. */
  schema: Schema<'MeshAction'>['parametersSchema']
  /** Whether components are placed, or only told to change; nothing is shown for an action that has none. */
  ask: ReturnType<typeof componentsAsk>
  forms: Record<string, ComponentForm>
  errors: Record<string, string>
  onChange: (forms: Record<string, ComponentForm>) => void
}

// A component that a newly chosen version has and the one before did not.
const fresh: ComponentForm = { enabled: false, namespace: '', values: '' }

/**
 * The components of a version: optional ones to choose, and helm values for each; of what is there already, changes of its values.
 * A field that has an error opens by itself: a folded error helps nobody.
 */
export function ComponentFields({ components, schema, ask, forms, errors, onChange }: ComponentFieldsProps) {
  if (ask === undefined || components.length === 0) return null
  const repeatable = components.filter((each) => each.repeatable && each.component === each.base)
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{ask === 'placement' ? 'Components' : 'Changed values'}</legend>
      <div className={styles.components}>
        {components.map((component) => {
          const row = {
            component,
            fields: formOf(schema, component.base),
            form: forms[component.component] ?? fresh,
            error: errors[component.component],
            onChange: (form: ComponentForm) => onChange({ ...forms, [component.component]: form }),
            onRemove: () => onChange(Object.fromEntries(Object.entries(forms).filter(([name]) => name !== component.component))),
          }
          return ask === 'placement' ? (
            <ComponentRow key={component.component} {...row} />
          ) : (
            <ChangesRow key={component.component} {...row} />
          )
        })}
        {repeatable.map(({ base, defaultRelease }) => (
          <AddInstance
            key={base}
            base={base}
            release={defaultRelease}
            taken={components.map(({ component }) => component)}
            onAdd={(name) => onChange({ ...forms, [name]: { ...fresh, enabled: true } })}
          />
        ))}
      </div>
    </fieldset>
  )
}

interface ComponentRowProps {
  component: Part
  fields: readonly FormField[]
  form: ComponentForm
  error: string | undefined
  onChange: (form: ComponentForm) => void
  /** Of an instance that was added here. */
  onRemove: () => void
}

// Optional components bring a namespace of their own: a gateway rarely stands beside the control plane.
function ComponentRow({ component, fields, form, error, onChange, onRemove }: ComponentRowProps) {
  const isAdded = component.component !== component.base
  const wanted = !component.optional || form.enabled
  return (
    <div className={styles.component} data-component={component.component}>
      <div className={styles.head}>
        {component.optional && !isAdded ? (
          <Checkbox
            size="sm"
            label={`Install ${component.component}`}
            checked={form.enabled}
            onChange={(event) => onChange({ ...form, enabled: event.currentTarget.checked })}
          />
        ) : (
          <span className={styles.name}>{component.component}</span>
        )}
        <span className={styles.chart}>
          chart {component.chart} {component.version}, release {component.defaultRelease}
        </span>
        {isAdded && <RemoveInstance component={component} onRemove={onRemove} />}
      </div>
      {wanted && (
        <details className={styles.values} open={error !== undefined || undefined}>
          <summary>{component.optional ? 'Namespace and values' : 'Values'}</summary>
          <div className={styles.inside}>
            {component.optional && (
              <TextInput
                label={`Namespace of ${component.component}`}
                placeholder={component.defaultNamespace}
                value={form.namespace}
                onChange={(event) => onChange({ ...form, namespace: event.currentTarget.value })}
              />
            )}
            <ValueForm
              component={component.component}
              fields={fields}
              yaml={form.values}
              isThere={false}
              onChange={(values) => onChange({ ...form, values })}
            />
            <YamlField
              label={`Values of ${component.component}`}
              description="Helm values in YAML. They win over what Meshwright sets."
              value={form.values}
              error={error}
              onChange={(values) => onChange({ ...form, values })}
            />
          </div>
        </details>
      )}
    </div>
  )
}

// Which of them are there is told by the plan; what is empty stays as its release has it.
function ChangesRow({ component: part, fields, form, error, onChange, onRemove }: ComponentRowProps) {
  const { component, base, chart } = part
  return (
    <div className={styles.component} data-component={component}>
      <details className={styles.values} open={error !== undefined || undefined}>
        <summary>
          {component} <span className={styles.chart}>chart {chart}</span>
        </summary>
        <div className={styles.inside}>
          <ValueForm
            component={component}
            fields={fields}
            yaml={form.values}
            isThere
            onChange={(values) => onChange({ ...form, values })}
          />
          <YamlField
            label={`Changed values of ${component}`}
            description="Helm values in YAML, merged over those that the release has. Empty: they stay."
            value={form.values}
            error={error}
            onChange={(values) => onChange({ ...form, values })}
          />
        </div>
      </details>
      {component !== base && <RemoveInstance component={part} onRemove={onRemove} />}
    </div>
  )
}

function RemoveInstance({ component: { component }, onRemove }: { component: Part; onRemove: () => void }) {
  return (
    <Button size="compact-sm" variant="subtle" aria-label={`Leave ${component} out`} onClick={onRemove}>
      Leave out
    </Button>
  )
}
