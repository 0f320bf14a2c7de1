import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'

// node scripts/pack-definitions.mjs standard-v1.6.1.yaml adapters/kubernetes/gateway-api/bundles/1.6.1.json.gz
// Packs a file of definitions, as a project releases it, for an adapter: a JSON array, compressed. YAML of a megabyte takes
// a process half a second and 100 MiB to read; this takes 20 ms. Only what no apply may carry is left out: status, empty times.
const [from = '', to = ''] = process.argv.slice(2)
const objects = parseAllDocuments(readFileSync(from, 'utf8')).flatMap((document) => {
  const object = document.toJS()
  if (object === null) return []
  const { status: _status, ...content } = object
  const { creationTimestamp: _time, ...metadata } = content.metadata
  return [{ ...content, metadata }]
})
writeFileSync(to, gzipSync(JSON.stringify(objects), { level: 9 }))
process.stdout.write(`${objects.length} objects\n`)
