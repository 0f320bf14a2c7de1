import { afterEach, expect, it, vi } from 'vitest'
import type { Controller } from '../../sandbox/controllers/controller.js'
import { runControllers } from '../../sandbox/controllers/controller.js'
import { createObjectStore } from '../../sandbox/object-store.js'
import { createResourceCatalog } from '../../sandbox/resource-catalog.js'
import { createWriter } from '../../sandbox/writer.js'

afterEach(() => vi.restoreAllMocks())

it('says on stderr which controller is at fault, and lets the others run', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const store = createObjectStore(1)
  const catalog = createResourceCatalog(store)
  const writer = createWriter({ store, catalog, now: () => Date.now() })
  const seen: string[] = []
  const atFault: Controller = {
    kinds: [],
    reconcile(context) {
      context.after(0, () => {
        throw new TypeError('later')
      })
      throw new TypeError('at once')
    },
  }
  const other: Controller = { kinds: ['Namespace'], reconcile: (_context, { object }) => void seen.push(object.metadata.name) }
  const stop = runControllers({ store, catalog, writer, isInstant: () => false }, [atFault, other])
  const resource = catalog.byKind('v1', 'Namespace')
  if (!resource) throw new Error('namespaces are not served')
  writer.create({ resource, namespace: '', name: '' }, { metadata: { name: 'shop' } }, { manager: 'test' })
  await vi.waitFor(() => expect(said).toHaveBeenCalledTimes(2))
  stop()
  expect(seen).toEqual(['shop'])
  expect(said.mock.calls.map(([text]) => String(text).split('\n')[0])).toEqual(['sandbox: TypeError: at once', 'sandbox: TypeError: later'])
})
