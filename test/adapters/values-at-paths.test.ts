import { expect, it } from 'vitest'
import { holds, leavesOf, valueAt } from '../../adapters/runtime/values-at-paths.js'

it('values hold what is printed alike, as text or not, and a configuration in a text of JSON', () => {
  expect(holds({ a: { b: 'true', c: 1 } }, { a: { b: true } })).toBe(true)
  expect(holds({ a: '{"b": true, "c": 1}' }, { a: '{"b": true}' })).toBe(true)
  expect(holds({ a: false }, { a: 'false' })).toBe(true)
  expect(holds({ a: ['b'] }, { a: ['b'] })).toBe(true)
  expect(holds({ a: 'b = true' }, { a: '{"b": true}' })).toBe(false)
  expect(holds({ a: { b: 'false' } }, { a: { b: true } })).toBe(false)
  expect(holds({}, { a: { b: true } })).toBe(false)
})

it('the text "false" is not false: a condition takes it for true', () => {
  expect(holds({ a: false }, { a: false })).toBe(true)
  expect(holds({ a: 'false' }, { a: false })).toBe(false)
})

it('each value has its path, and each path its value', () => {
  const values = { a: { b: 1, c: [{ d: 2 }] }, e: {}, f: null }
  const leaves = leavesOf(values)
  expect(leaves.map(({ path }) => path)).toEqual(['a.b', 'a.c', 'e', 'f'])
  for (const { path, value } of leaves) expect(valueAt(values, path)).toEqual(value)
  for (const path of ['a.b.c', 'a.c.d', 'f.g', 'constructor', 'a.toString']) expect(valueAt(values, path)).toBeUndefined()
})
