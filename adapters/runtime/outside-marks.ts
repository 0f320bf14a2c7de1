/** What pods of ours carry that are to be in no mesh, whichever one looks after their namespace. */
export const outsideMarks = {
  labels: { 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'none', 'kuma.io/sidecar-injection': 'disabled' },
  annotations: {
    'linkerd.io/inject': 'disabled',
    'consul.hashicorp.com/connect-inject': 'false',
    'openservicemesh.io/sidecar-injection': 'disabled',
  },
} as const
