import { basename } from 'node:path'
import { envoyVersion } from './fetch-envoy.js'
import type { Level } from './levels.js'

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
  /** Files and folders to copy from the sources of a required module. */
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
const osm = 'github.com/openservicemesh/osm'
const osmFlags = [`-X ${osm}/pkg/version.Version=v1.2.4`, `-X ${osm}/pkg/version.GitCommit=7bec5b6`]
const kuma = 'github.com/kumahq/kuma'
const kumaFacts = { product: 'Kuma', version: '1.8.1', gitTag: '1.8.1', Envoy: envoyVersion() }
const kumaFlags = Object.entries(kumaFacts).map(([name, value]) => `-X ${kuma}/pkg/version.${name}=${value}`)
const kwok = 'sigs.k8s.io/kwok'
const kwokStages = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
  'volume/fast/pvc-provision',
  'volume/fast/pvc-delete',
  'volume/fast/pv-bind',
  'volume/fast/pv-delete',
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
  {
    module: 'kwok',
    level: 'kwok',
    binaries: [{ name: 'kwok', package: `${kwok}/cmd/kwok`, ldflags: [`-X ${kwok}/pkg/consts.Version=v0.8.0`] }],
    moduleFiles: [
      ...kwokStages.map((stage) => ({ module: kwok, path: `kustomize/stage/${stage}.yaml`, name: `${basename(stage)}.yaml` })),
      { module: kwok, path: 'kustomize/stage/volume/fast/storage-class.yaml', name: 'storage-class.yaml' },
    ],
  },
  {
    module: 'helm3',
    level: 'helm3',
    binaries: [{ name: 'helm3', package: 'helm.sh/helm/v3/cmd/helm', ldflags: ['-X helm.sh/helm/v3/internal/version.version=v3.22.0'] }],
  },
  {
    module: 'osm',
    level: 'osm',
    binaries: ['controller', 'injector', 'bootstrap', 'preinstall', 'healthcheck'].map((part) => ({
      name: `osm-${part}`,
      package: `${osm}/cmd/osm-${part}`,
      ldflags: osmFlags,
    })),
    moduleFiles: [{ module: osm, path: 'cmd/osm-bootstrap/crds', name: 'osm-crds' }],
  },
  {
    module: 'kuma',
    level: 'kuma',
    binaries: ['kuma-cp', 'kuma-dp', 'kumactl'].map((name) => ({ name, package: `${kuma}/app/${name}`, ldflags: kumaFlags })),
    moduleFiles: [
      { module: kuma, path: 'pkg/config/app/kuma-cp/kuma-cp.defaults.yaml', name: 'kuma-cp.defaults.yaml' },
      // The charts of the test fixtures are newer than the last version that is a Go module.
      { module: kuma, path: 'deployments/charts/kuma', name: 'kuma-chart' },
    ],
  },
  {
    module: 'istioctl',
    level: 'istioctl',
    binaries: [{ name: 'istioctl', package: 'istio.io/istio/istioctl/cmd/istioctl', ldflags: istioFlags }],
  },
]
