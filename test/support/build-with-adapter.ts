import { execFileSync } from 'node:child_process'
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { bundleTestAdapter } from '../adapters/bundle-test-adapter.js'

/**
 * The build as a tree of its own, with an adapter of test/support/adapters beside the one for plain manifests. Everything
 * else in it is a link. Answers what `startServer` takes; inside of dist/, so that what is read from node_modules is found.
 */
export async function buildWithAdapter(name: string, tree: string): Promise<{ dist: string }> {
  const adapter = await bundleTestAdapter(name)
  const dist = resolve('dist/test-builds', tree)
  await rm(dist, { recursive: true, force: true })
  await mkdir(join(dist, 'adapters'), { recursive: true })
  const shared = (await readdir('dist')).filter((entry) => entry !== 'adapters' && !entry.startsWith('test-'))
  await Promise.all(shared.map((entry) => symlink(resolve('dist', entry), join(dist, entry))))
  await Promise.all(
    [dirname(adapter), resolve('dist/adapters/kubernetes')].map((folder) =>
      cp(folder, join(dist, 'adapters', basename(folder)), { recursive: true }),
    ),
  )
  const description = execFileSync(process.execPath, [adapter, '--describe'], { maxBuffer: 16 * 1024 * 1024 })
  await writeFile(join(dist, 'adapters', name, 'description.json'), description)
  return { dist }
}
