import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { execa } from 'execa'

/** What a cluster could leave on the machine, one line per thing. */
export interface HostState {
  readonly mounts: string[]
  readonly links: string[]
  readonly routes: string[]
  readonly routingRules: string[]
  readonly firewall: string[]
  readonly cgroups: string[]
}

const cgroupRoot = '/sys/fs/cgroup'

const instanceName = /mw-testbed-\d+|meshwright-node-\w+/

/** Reads the state without what other test clusters on the machine have at the moment: of those, only things of `own` names are told. */
export async function readHostState(own: readonly string[] = []): Promise<HostState> {
  const [links, routes, routingRules, firewall] = await Promise.all([
    output('ip', '-brief', 'link'),
    output('ip', 'route', 'show', 'table', 'all'),
    output('ip', 'rule'),
    output('nft', 'list', 'ruleset'),
  ])
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const cgroups = readdirSync(cgroupRoot).flatMap((hierarchy) => foldersBelow(`${cgroupRoot}/${hierarchy}`))
  const relevant = (line: string) => {
    const [name] = line.match(instanceName) ?? []
    return name === undefined || own.includes(name)
  }
  return {
    mounts: mounts.filter(relevant),
    links: links.filter(relevant),
    routes: routes.filter(relevant),
    routingRules,
    firewall,
    cgroups: cgroups.filter(relevant).sort(),
  }
}

/** The names by which a node cluster shows on the machine: its control group and its link. */
export function instanceNames({ kubeconfig, url }: { kubeconfig: string; url: string }): string[] {
  const [, , slot] = new URL(url).hostname.split('.')
  return [basename(dirname(kubeconfig)), `mw-testbed-${slot}`]
}

async function output(file: string, ...argv: string[]): Promise<string[]> {
  const { stdout } = await execa(file, argv)
  return stdout.split('\n')
}

// Another cluster's group may go away meanwhile.
function foldersBelow(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : []
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return [path, ...foldersBelow(path)]
  })
}
