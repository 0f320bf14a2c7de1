import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { includesLevel, type Level } from './levels.js'

interface DebianPackage {
  readonly name: string
  /** A file of it that the test bed uses: another distribution may bring it under another package name. */
  readonly file: string
  readonly level: Level
}

const debianPackages: readonly DebianPackage[] = [
  { name: 'runc', file: '/usr/sbin/runc', level: 'node' },
  { name: 'containernetworking-plugins', file: '/usr/lib/cni/bridge', level: 'node' },
  { name: 'conntrack', file: '/usr/sbin/conntrack', level: 'node' },
  { name: 'iptables', file: '/usr/sbin/xtables-nft-multi', level: 'node' },
  { name: 'nftables', file: '/usr/sbin/nft', level: 'node' },
  { name: 'iproute2', file: '/bin/ip', level: 'node' },
  { name: 'ethtool', file: '/usr/sbin/ethtool', level: 'node' },
  { name: 'socat', file: '/usr/bin/socat', level: 'node' },
  { name: 'busybox-static', file: '/bin/busybox', level: 'node' },
  { name: 'curl', file: '/usr/bin/curl', level: 'node' },
  { name: 'python3', file: '/usr/bin/python3', level: 'envoy' },
]

/** Names of the packages that a level uses and that are not installed. */
export function missingPackages(level: Level): string[] {
  const needed = debianPackages.filter((candidate) => includesLevel(level, candidate.level))
  return needed.filter((candidate) => !existsSync(candidate.file)).map((candidate) => candidate.name)
}

/** The one line that a user can copy. */
export function installCommand(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`
}

export async function installPackages(packages: readonly string[]): Promise<void> {
  await execa('apt-get', ['update', '--quiet'], { stdio: ['ignore', 'ignore', 'inherit'] })
  await execa('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...packages], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
