import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { toolPath } from '../binaries/tool-path.js'
import { directory, file, type LayerPart, program, text, tree } from './image-layer.js'

const root = '/opt/meshwright'

/**
 * All of Meshwright in one image, from the built tree: the server, the command line, the adapters and the simulated cluster are
 * programs below `/opt/meshwright/dist`; whatever else the build makes (a load generator, a probe) lies beside them. No shell in it.
 */
export async function meshwright(): Promise<LayerPart[]> {
  const packages = shippedPackages().map((path) => tree(resolve(path), `${root}/${path}`, { except: 'node_modules' }))
  return [
    ...packages,
    tree(resolve('dist'), `${root}/dist`),
    file(resolve('package.json'), `${root}/package.json`, 0o644),
    program(process.execPath, '/usr/local/bin/node'),
    file(toolPath('helm'), '/usr/local/bin/helm'),
    file('/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt', 0o644),
    text('/etc/passwd', 'meshwright:x:65532:65532::/data:/bin/false\n'),
    text('/etc/group', 'meshwright:x:65532:\n'),
    directory('/tmp', 0o1777),
    directory('/data', 0o1777),
  ]
}

/** Folders of the packages that run, as npm installed them: without those for building and testing. */
function shippedPackages(): string[] {
  const installed: { packages: Record<string, { dev?: true; devOptional?: true }> } = JSON.parse(
    readFileSync('node_modules/.package-lock.json', 'utf8'),
  )
  return Object.entries(installed.packages).flatMap(([path, { dev, devOptional }]) => (dev || devOptional ? [] : [path]))
}
