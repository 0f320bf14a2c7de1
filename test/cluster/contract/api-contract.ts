import { describe } from 'vitest'
import type { ContractClient, ContractTerms } from './contract-client.js'
import { definitions } from './definitions.js'
import { immutability } from './immutability.js'
import { lifecycles } from './lifecycles.js'
import { patches } from './patches.js'
import { reads } from './reads.js'
import { watches } from './watches.js'
import { writes } from './writes.js'

/** What we rely on in a Kubernetes API. Held against the real API server and against simulated clusters: one text, two worlds. */
export function apiContract(api: () => ContractClient, terms: ContractTerms): void {
  describe('reads', () => reads(api))
  describe('watches', () => watches(api))
  describe('writes', () => writes(api))
  describe('what may not change', () => immutability(api))
  describe('patches', () => patches(api))
  describe('lifecycles', () => lifecycles(api))
  describe('definitions, discovery and reviews', () => definitions(api, terms))
}
