import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes a control group of this name in every version 1 hierarchy, as kubelet expects its root to be; the keeper removes it. */
export async function createCgroup(name: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  for (const [, hierarchy = '', type] of mounts) {
    if (type !== 'cgroup') continue
    await mkdir(join(hierarchy, name), { recursive: true })
    if (hierarchy.endsWith('/cpuset')) await fillCpuset(hierarchy, name)
  }
}

// An empty cpuset accepts no process.
async function fillCpuset(hierarchy: string, name: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    await writeFile(join(hierarchy, name, file), await readFile(join(hierarchy, file)))
  }
}
