import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const header = join(dirname(fileURLToPath(import.meta.url)), 'native', 'object-wrap.h')

/**
 * Environment for npm where better-sqlite3 may have to be compiled: Node's own headers, which spares another download, and from
 * Node 24 on our ObjectWrap instead of the one that aborts (native/object-wrap.h says why).
 */
export function nativeFlags() {
  const prefix = dirname(dirname(process.execPath))
  const nodedir = existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {}
  const major = Number(process.versions.node.split('.')[0])
  const flags = `${process.env.CXXFLAGS ?? ''} -DSRC_NODE_OBJECT_WRAP_H_ -include ${header}`
  return major < 24 ? nodedir : { ...nodedir, CXXFLAGS: flags.trim() }
}
