import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

/** An adapter of test/support/adapters as a process of its own, as the build bundles those of the product. Answers its main file. */
export async function bundleTestAdapter(name: string): Promise<string> {
  const source = join('test/support/adapters', name)
  // Inside the tree, so that what is read from node_modules is found; beside dist/adapters, whose folders the server serves.
  const product = join('dist/test-adapters', name)
  const bundle = await rolldown({
    input: join(source, 'main.ts'),
    platform: 'node',
    external: [/^grpc-health-check$/, /^@grpc\/proto-loader$/],
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    // What TypeScript makes of it for the product: Node 20 knows no `await using`.
    transform: { target: 'node20' },
    logLevel: 'warn',
  })
  await bundle.write({ file: join(product, 'adapter.js'), format: 'esm', codeSplitting: false })
  await bundle.close()
  await cp(join(source, 'catalog.json'), join(product, 'catalog.json'))
  return resolve(product, 'adapter.js')
}
