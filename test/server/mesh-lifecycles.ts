/** One mesh from its old version to its new one, by charts of ../shared/charts. */
export interface Lifecycle {
  readonly mesh: string
  readonly namespace: string
  readonly from: string
  readonly to: string
  readonly components: Readonly<Record<string, object>>
  /** Values that the upgrade changes, by component. */
  readonly changed: Readonly<Record<string, { values: object }>>
  /** What helm tells of user values after the upgrade: those of the installation with the change over them. */
  readonly upgraded: readonly { release: string; values: object }[]
  /** `name chart status` of each release as helm lists it. */
  releases(version: string): string[]
  /** The version that detection tells for a version of the catalogue. */
  expected(version: string): string
}

export const lifecycles: readonly Lifecycle[] = [
  {
    mesh: 'istio',
    namespace: 'istio-system',
    from: '1.29.6',
    to: '1.30.3',
    components: { istiod: { values: { pilot: { autoscaleEnabled: false } } }, gateway: { enabled: true } },
    changed: { istiod: { values: { meshConfig: { accessLogFile: '/dev/stdout' } } } },
    upgraded: [
      { release: 'istiod', values: { pilot: { autoscaleEnabled: false }, meshConfig: { accessLogFile: '/dev/stdout' } } },
      { release: 'istio-base', values: { base: { validationFailurePolicy: 'Fail' } } },
    ],
    releases: (version) => [
      `istio-base base-${version} deployed`,
      `istiod istiod-${version} deployed`,
      `istio-ingress gateway-${version} deployed`,
    ],
    expected: (version) => version,
  },
]
