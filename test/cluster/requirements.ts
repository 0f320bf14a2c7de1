import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { installCommand, missingPackages } from './binaries/debian-packages.js'
import { isEnvoyFetched } from './binaries/fetch-envoy.js'
import { goTools } from './binaries/go-tools.js'
import { includesLevel, type Level } from './binaries/levels.js'
import { goVersion, isBuilt } from './binaries/tool-path.js'

/** Says whether this machine can run a level now; `missing` is text for people, with the way out. */
export function requirements(level: Level): { ok: true } | { ok: false; missing: string } {
  const missing = [...machine(level), ...packages(level), ...binaries(level)]
  return missing.length === 0 ? { ok: true } : { ok: false, missing: missing.join('; ') }
}

function machine(level: Level): string[] {
  const missing = process.platform === 'linux' ? [] : ['Linux']
  // Also where everything is built: the names of what is built hold the version of Go.
  if (goVersion() === '') missing.push('Go 1.26')
  if (!includesLevel(level, 'node')) return missing
  if (process.getuid?.() !== 0) missing.push('root')
  if (!canMakeNamespaces()) missing.push('leave to make mount, network and pid namespaces (unshare)')
  // kubelet and runc would do with version 2 alone; nobody has tried it here.
  if (!existsSync('/sys/fs/cgroup/memory')) missing.push('version 1 control groups below /sys/fs/cgroup')
  return missing
}

function canMakeNamespaces(): boolean {
  return spawnSync('unshare', ['--mount', '--net', '--pid', '--uts', '--ipc', '--fork', 'true']).status === 0
}

function packages(level: Level): string[] {
  const missing = missingPackages(level)
  return missing.length === 0 ? [] : [`Debian packages (${installCommand(missing)})`]
}

function binaries(level: Level): string[] {
  const missing = goTools.filter((tool) => includesLevel(level, tool.level) && !isBuilt(tool)).map((tool) => tool.module)
  if (includesLevel(level, 'envoy') && !isEnvoyFetched()) missing.push('envoy')
  return missing.length === 0 ? [] : [`binaries of ${missing.join(', ')} (npm run testbed:build -- --level ${level})`]
}
