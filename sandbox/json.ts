/** Plain JSON. Everything the sandbox keeps is of this form and never changed in place. */
export type Json = null | boolean | number | string | Json[] | JsonMap
export interface JsonMap {
  [key: string]: Json
}

export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The map that `value` is; an empty one for everything else. */
export function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {}
}

/** The list that `value` is; an empty one for everything else. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
