import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** Keys of the add-ons, in the order in which they come up: what others read from is first. */
export const addOnNames = ['prometheus', 'grafana', 'jaeger', 'kiali'] as const

export type AddOnName = (typeof addOnNames)[number]

const AddOn = z.strictObject({
  addOn: z.enum(addOnNames),
  title: z.string(),
  /** The Service that people look at, and its port. */
  service: z.string(),
  port: z.number(),
  /** Without these it shows nothing. */
  needs: z.array(z.enum(addOnNames)),
  /** What whoever reaches it does without signing in; completes "whoever reaches it …". */
  openTo: z.string(),
  /** What is gone with its pod, because it has no disk that outlives it; empty where nothing is. */
  forgets: z.string(),
})

const Versions = z.strictObject({
  /** Minor version of the control plane. */
  istio: z.string().regex(/^\d+\.\d+$/),
  /** Where the versions of the images come from. */
  source: z.string(),
  images: z.record(z.enum(addOnNames), z.string()),
})

const AddOns = z.strictObject({ addOns: z.array(AddOn), versions: z.array(Versions) })

/** One add-on, as far as it is the same beside every version of Istio. */
export type AddOn = z.infer<typeof AddOn>

/** What is known of the add-ons as data; read once, checked by the schema. */
export const istioAddOns = AddOns.parse(JSON.parse(readFileSync(new URL('add-ons/add-ons.json', import.meta.url), 'utf8')))

/** The manifests of an add-on as they lie beside this file: `{namespace}` stands for the control plane's. */
export function readAddOn(addOn: AddOnName): Promise<string> {
  return readFile(new URL(`add-ons/${addOn}.yaml`, import.meta.url), 'utf8')
}
