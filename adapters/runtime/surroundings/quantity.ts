const factors: Record<string, number> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
}

/** A quantity of Kubernetes such as `500m`, `2Gi` or `1e3` as a number: cores, or bytes. What is none counts as 0. */
export function readQuantity(text: unknown): number {
  if (typeof text === 'number') return text
  const [, number = '', suffix = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]i?|Ki)?$/.exec(String(text ?? '')) ?? []
  return Number(number) * (factors[suffix] ?? 1) || 0
}

/** `500m` for 0.5 cores, `2` for two. */
export function coreText(cores: number): string {
  return cores < 10 && cores % 1 !== 0 ? `${Math.round(cores * 1000)}m` : `${Math.floor(cores)}`
}

/** `512 MiB`, `2.0 GiB`. */
export function byteText(bytes: number): string {
  const mebibytes = bytes / 2 ** 20
  return mebibytes < 1024 ? `${Math.floor(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`
}
