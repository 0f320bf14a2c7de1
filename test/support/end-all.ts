/** Ends everything, also when the end of one thing fails; then throws what failed first. */
export async function endAll(...things: readonly (AsyncDisposable | undefined)[]): Promise<void> {
  const ends = await Promise.allSettled(things.map((thing) => thing?.[Symbol.asyncDispose]()))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}
