import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type { KubeObject } from '../../../kube/kube-object.js'

/** What one version brings. */
export interface Bundle {
  definitions: KubeObject[]
  /** The policy that refuses older and experimental definitions over these, with its binding; empty before 1.5. */
  policies: KubeObject[]
}

/** Reads a bundle that is shipped with us; it is in the catalogue, or the file is not there. */
export async function readBundle(version: string): Promise<Bundle> {
  const packed = await readFile(new URL(`bundles/${version}.json.gz`, import.meta.url))
  const objects: KubeObject[] = JSON.parse(gunzipSync(packed).toString('utf8'))
  const isDefinition = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition'
  return { definitions: objects.filter(isDefinition), policies: objects.filter((object) => !isDefinition(object)) }
}

/** Name of the policy and of its binding, in every bundle that has them. */
export const safeUpgrades = 'safe-upgrades.gateway.networking.k8s.io'
