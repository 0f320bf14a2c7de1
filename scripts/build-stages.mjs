import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runTool } from './run-tool.mjs'
import { findFiles, hashFiles } from './source-hash.mjs'

// The build in order. A stage runs when the hash of what it reads differs from its stamp, or when its product is missing.

const libraries = ['kube', 'certificates', 'net', 'grpc-status', 'installers']
const serverFolders = ['contract', ...libraries, 'server', 'adapters', 'loadgen', 'sandbox', 'cli']
const adapterFolders = ['contract', ...libraries, 'adapters', 'proto']
const toolChain = ['package-lock.json', 'tsconfig.json']

/** @typedef {{name: string, product: string, reads: () => string[], run: () => Promise<void>}} Stage */

/** @type {Stage[]} */
export const stages = [
  {
    name: 'proto',
    product: 'proto/gen',
    reads: () => findFiles(['proto'], '.proto').concat('buf.gen.yaml', 'buf.yaml', 'package-lock.json'),
    run: async () => {
      await rm('proto/gen', { recursive: true, force: true })
      await runTool('@bufbuild/buf/bin/buf', ['generate'])
    },
  },
  {
    name: 'compile',
    product: 'dist/server/main.js',
    reads: () => findFiles(serverFolders, '.ts').concat(findFiles(['proto'], '.proto'), toolChain),
    run: async () => {
      await runTool('typescript/bin/tsc', ['-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', 'dist/.build/server.tsbuildinfo'])
      await removeStaleOutput()
      await chmod('dist/cli/main.js', 0o755)
    },
  },
  {
    name: 'assets',
    product: 'dist/server/database/migrations',
    reads: assets,
    run: async () => {
      for (const file of assets()) {
        await mkdir(dirname(join('dist', file)), { recursive: true })
        await cp(file, join('dist', file))
      }
    },
  },
  {
    name: 'describe',
    product: 'dist/adapters/istio/description.json',
    reads: () => findFiles(adapterFolders, '.ts').concat(findFiles(['proto'], '.proto'), findFiles(['adapters'], '.json'), toolChain),
    run: describeAdapters,
  },
  {
    name: 'openapi',
    product: 'dist/openapi.json',
    reads: () => findFiles(['contract', 'server'], '.ts').concat(toolChain),
    run: () => runTool(join('..', 'dist/server/write-openapi.js'), ['dist/openapi.json']),
  },
  {
    name: 'client',
    product: 'ui/gen/api.d.ts',
    reads: () => ['dist/openapi.json', 'package-lock.json'],
    run: () => runTool('openapi-typescript/bin/cli.js', ['dist/openapi.json', '--output', 'ui/gen/api.d.ts']),
  },
  {
    name: 'ui',
    product: 'dist/ui/index.html',
    reads: () => findFiles(['ui'], '').concat('package-lock.json'),
    run: () => runTool('vite/bin/vite.js', ['build', 'ui', '--logLevel', 'warn']),
  },
]

/** @param {Stage} stage */
export function stageHash(stage) {
  return hashFiles(stage.reads())
}

function assets() {
  return findFiles(['adapters', 'server', 'sandbox'], '.json').concat(findFiles(['server/database/migrations'], '.sql'))
}

async function describeAdapters() {
  const entries = await readdir('adapters', { withFileTypes: true })
  const meshes = entries.filter((entry) => entry.isDirectory() && existsSync(join('adapters', entry.name, 'main.ts')))
  for (const { name } of meshes) {
    const description = await runTool(join('..', 'dist/adapters', name, 'main.js'), ['--describe'], { output: 'capture' })
    await writeFile(join('dist/adapters', name, 'description.json'), description)
  }
}

// tsc leaves the output of a deleted source behind, and a test or an adapter folder would still be found there.
async function removeStaleOutput() {
  const compiled = findFiles(
    [...serverFolders, 'proto'].map((folder) => join('dist', folder)),
    '.js',
  )
  for (const output of compiled) {
    const source = output.slice('dist/'.length).replace(/\.js$/, '.ts')
    if (!existsSync(source)) await Promise.all([rm(output), rm(`${output}.map`, { force: true })])
  }
}
