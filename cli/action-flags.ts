import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { parse, parseDocument } from 'yaml'
import { z } from 'zod'
import type { ComponentParameters } from '../contract/parameters.js'
import type { ActionRequest } from '../contract/plan.js'
import { CliError } from './cli-error.js'
import { collectFlag } from './command-context.js'

/** Flags that say what to do to a mesh; they become the body of POST /plans. */
export interface ActionFlags {
  version?: string
  namespace?: string
  revision?: string
  installation?: string
  with?: string[]
  componentNamespace?: string[]
  values?: string[]
  set?: string[]
  registry?: string
  pullSecret?: string[]
  param?: string[]
}

/** Adds the flags that all commands share which plan something. */
export function withActionFlags(command: Command): Command {
  return command
    .option('--cluster <cluster>', 'name or id; not needed when there is only one')
    .option('--version <version>', 'version of the mesh (default: the newest of the catalogue)')
    .option('-n, --namespace <namespace>', 'namespace of the control plane')
    .option('--revision <revision>', 'revision of the control plane')
    .option('--installation <id>', 'the installation to act on, when there are several')
    .option('--with <component>', 'also an optional component, such as gateway (repeatable)', collectFlag)
    .option('--component-namespace <component=namespace>', 'namespace of a component other than its default (repeatable)', collectFlag)
    .option('--values <component=file>', 'helm values of a component from a YAML file (repeatable)', collectFlag)
    .option('--set <component.path=value>', 'one helm value of a component (repeatable)', collectFlag)
    .option('--registry <registry>', 'take all images from this registry, such as registry.example:5000/mesh')
    .option('--pull-secret <name>', 'a Secret to pull images with, in the namespace of each component (repeatable)', collectFlag)
    .option('--param <key=value>', 'a parameter of the action itself; @file reads the text of a file (repeatable)', collectFlag)
}

/** What the flags ask for; a wrong flag is found before any call. `--set` wins over `--values`, as with helm. */
export function readActionFlags(flags: ActionFlags): Omit<ActionRequest, 'cluster' | 'mesh' | 'action'> {
  const { version, namespace, revision, installation, registry, pullSecret: pullSecrets } = flags
  const images = { ...(registry ? { registry } : {}), ...(pullSecrets ? { pullSecrets } : {}) }
  const components = componentsOf(flags)
  const params = Object.fromEntries(
    (flags.param ?? [])
      .map((text) => splitAt(text, '--param key=value'))
      .map(([key, value]) => [key, value.startsWith('@') ? readText(value.slice(1)) : scalar(value)]),
  )
  return {
    ...(version ? { version } : {}),
    ...(namespace ? { namespace } : {}),
    ...(revision ? { revision } : {}),
    ...(installation ? { installation } : {}),
    ...(Object.keys(components).length > 0 ? { components } : {}),
    ...(Object.keys(images).length > 0 ? { images } : {}),
    ...(Object.keys(params).length > 0 ? { params } : {}),
  }
}

type Values = NonNullable<ComponentParameters['values']>

const Values = z.record(z.string(), z.json())

function componentsOf(flags: ActionFlags): Record<string, ComponentParameters> {
  const components: Record<string, ComponentParameters> = {}
  // In this order, so that a single value wins over a file.
  for (const name of flags.with ?? []) components[name] = { ...components[name], enabled: true }
  for (const text of flags.componentNamespace ?? []) {
    const [name, namespace] = splitAt(text, '--component-namespace component=namespace')
    components[name] = { ...components[name], namespace }
  }
  for (const text of flags.values ?? []) {
    const [name, file] = splitAt(text, '--values component=file')
    components[name] = { ...components[name], values: readValues(file) }
  }
  for (const text of flags.set ?? []) {
    const [path, value] = splitAt(text, '--set component.path=value')
    const [name = '', ...keys] = path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))
    if (keys.length === 0) throw wrongFlag(text, '--set component.path=value')
    components[name] = { ...components[name], values: setValue(components[name]?.values ?? {}, keys, scalar(value)) }
  }
  return components
}

// Helm's values are trees: a path makes the branches that it needs, and replaces a leaf that is in its way.
function setValue(values: Values, [key = '', ...rest]: string[], value: Values[string]): Values {
  if (rest.length === 0) return { ...values, [key]: value }
  const inner = Values.safeParse(values[key])
  return { ...values, [key]: setValue(inner.success ? inner.data : {}, rest, value) }
}

function readValues(file: string): Values {
  const read = readYaml(file) ?? {}
  const values = Values.safeParse(read)
  if (values.success) return values.data
  const what = Array.isArray(read) ? 'a list' : typeof read === 'object' ? 'something that JSON cannot say' : 'a single value'
  throw noValues(file, `It holds ${what}, and a values file holds a mapping.`)
}

function readYaml(file: string): unknown {
  const text = readText(file)
  try {
    return parse(text)
  } catch (error) {
    // The first line says what and where; the rest is a drawing of the place.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw noValues(file, sentence.replace(/:?$/, '.'), error)
  }
}

function noValues(file: string, why: string, from?: unknown): CliError {
  return new CliError(`${file} does not hold helm values.`, { why, remedy: 'Give a YAML file with a mapping.', exitCode: 2, from })
}

function readText(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8')
  throw new CliError(`There is no file ${file}.`, { exitCode: 2 })
}

// As YAML reads it: true, 3 and null are what they look like; what YAML cannot read is text.
function scalar(text: string): Values[string] {
  const document = parseDocument(text)
  return document.errors.length > 0 ? text : z.json().parse(document.toJS() ?? null)
}

// At the first `=`: a value may hold more of them.
function splitAt(text: string, form: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw wrongFlag(text, form)
  return [text.slice(0, at), text.slice(at + 1)]
}

function wrongFlag(text: string, form: string): CliError {
  return new CliError(`"${text}" is not of the form ${form}.`, { exitCode: 2 })
}
