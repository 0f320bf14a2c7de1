import type { Schema } from './schema.js'

/** A version in a list to choose from, with what speaks against it: a select cannot carry a mark. */
export function versionOption(version: Schema<'MeshVersion'>): { value: string; label: string } {
  return { value: version.version, label: `${version.version}${versionNote(version)}` }
}

// The worst that speaks against a version, else the first that is said.
function versionNote({ marks }: Schema<'MeshVersion'>): string {
  const level = (['error', 'warning'] as const).find((each) => marks.some((mark) => mark.level === each))
  const told = marks.find((mark) => level === undefined || mark.level === level)
  return told === undefined ? '' : ` (${told.title})`
}
