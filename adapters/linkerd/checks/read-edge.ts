/** `26.8.3` of `edge-26.8.3`, and of the chart's way to write the same: `2026.8.3`. */
export function readEdge(text: string): string | undefined {
  return /(?:20)?(\d{1,2}\.\d+\.\d+)/.exec(text)?.[1]
}
