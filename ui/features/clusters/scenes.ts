import type { Schema } from '../../lib/schema.js'

/** What a simulated cluster can begin with; the server knows these three. */
export type SceneName = Schema<'SandboxState'>['scene']

/** The scene that one click opens: the way from nothing to a mesh. */
export const firstScene: SceneName = 'applications'

/** The scenes in words, in the order in which they are offered. */
export const scenes: readonly { name: SceneName; title: string; text: string }[] = [
  {
    name: 'applications',
    title: 'Applications, no mesh yet',
    text: 'A few namespaces with working applications and two sick pods. Check the cluster, plan a mesh, install it and watch it come up.',
  },
  {
    name: 'three-meshes',
    title: 'Three meshes side by side',
    text: 'Istio, Kuma and Open Service Mesh with Prometheus and Grafana, members of each, and a namespace whose pods need a restart.',
  },
  { name: 'empty', title: 'An empty cluster', text: 'One node and nothing on it: for your own manifests, and for scripts.' },
]

/** The title of a scene; a scene that a newer server adds is shown by its name. */
export function sceneTitle(name: string): string {
  return scenes.find((each) => each.name === name)?.title ?? name
}
