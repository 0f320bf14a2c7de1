/** What a test needs: `api` is a control plane without a node, `node` runs pods, `istio` runs a mesh in them. Each includes the one before. */
export const levels = ['api', 'node', 'istio'] as const
export type Level = (typeof levels)[number]

/** One executable. `ldflags` are added to `-s -w`. */
export interface GoBinary {
  readonly name: string
  readonly package: string
  readonly ldflags?: readonly string[]
  readonly tags?: readonly string[]
  /** Further names of it, by which it behaves differently. */
  readonly links?: readonly string[]
}

/** One Go module of ours under `tools/`: it pins versions in go.mod and go.sum, and is built into the cache as a whole. */
export interface GoTool {
  readonly module: string
  readonly level: Level
  readonly binaries: readonly GoBinary[]
  /** Files to copy from the sources of a required module. */
  readonly moduleFiles?: readonly { readonly module: string; readonly path: string; readonly name: string }[]
}

const kubernetesVersion = 'k8s.io/component-base/version'
const helmVersion = 'helm.sh/helm/v4/internal/version'
const istioVersion = 'istio.io/istio/pkg/version'
const containerd = 'github.com/containerd/containerd/v2'
const containerdFlags = [`-X ${containerd}/version.Version=v2.4.2`]
const containerdTags = ['no_btrfs', 'no_devmapper', 'no_zfs', 'no_aufs']
// The module is a commit without a tag; it reports the version of the charts that it is used with.
const istioFlags = [
  `-X ${istioVersion}.buildVersion=1.30.3`,
  `-X ${istioVersion}.buildGitRevision=eed52ebb66ad`,
  `-X ${istioVersion}.buildStatus=Clean`,
]

/** In build order: what the `api` level and helm need comes first. */
export const goTools: readonly GoTool[] = [
  { module: 'keeper', level: 'api', binaries: [{ name: 'keeper', package: '.' }] },
  { module: 'etcd', level: 'api', binaries: [{ name: 'etcd', package: 'go.etcd.io/etcd/server/v3' }] },
  {
    module: 'kubernetes',
    level: 'api',
    binaries: [
      {
        name: 'kubernetes',
        package: '.',
        links: ['kubectl'],
        ldflags: [
          `-X ${kubernetesVersion}.gitVersion=v1.36.3`,
          `-X ${kubernetesVersion}.gitMajor=1`,
          `-X ${kubernetesVersion}.gitMinor=36`,
        ],
      },
    ],
  },
  {
    module: 'helm',
    level: 'api',
    binaries: [
      {
        name: 'helm',
        package: 'helm.sh/helm/v4/cmd/helm',
        ldflags: [`-X ${helmVersion}.version=v4.3.1`, `-X ${helmVersion}.gitTreeState=clean`],
      },
    ],
  },
  { module: 'pause', level: 'node', binaries: [{ name: 'pause', package: '.' }] },
  { module: 'app', level: 'node', binaries: [{ name: 'echo', package: '.' }] },
  {
    module: 'containerd',
    level: 'node',
    binaries: [
      { name: 'containerd', package: `${containerd}/cmd/containerd`, ldflags: containerdFlags, tags: containerdTags },
      { name: 'containerd-shim-runc-v2', package: `${containerd}/cmd/containerd-shim-runc-v2`, ldflags: containerdFlags },
      { name: 'ctr', package: `${containerd}/cmd/ctr`, ldflags: containerdFlags, tags: containerdTags },
    ],
  },
  { module: 'coredns', level: 'node', binaries: [{ name: 'coredns', package: 'github.com/coredns/coredns' }] },
  {
    module: 'istio',
    level: 'istio',
    binaries: [
      {
        name: 'pilot-discovery',
        package: 'istio.io/istio/pilot/cmd/pilot-discovery',
        ldflags: istioFlags,
        tags: ['vtprotobuf', 'disable_pgv'],
      },
      {
        name: 'pilot-agent',
        package: 'istio.io/istio/pilot/cmd/pilot-agent',
        ldflags: istioFlags,
        tags: ['agent', 'disable_pgv'],
      },
    ],
    moduleFiles: [{ module: 'istio.io/istio', path: 'tools/packaging/common/envoy_bootstrap.json', name: 'envoy_bootstrap.json' }],
  },
]

/** True when work at `wanted` needs what belongs to `needed`. */
export function includesLevel(wanted: Level, needed: Level): boolean {
  return levels.indexOf(wanted) >= levels.indexOf(needed)
}
