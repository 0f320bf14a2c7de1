import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api'
import { expect, it } from 'vitest'

it('the committed migrations make exactly the tables that the stores declare', async () => {
  const stores = readdirSync('server', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('-store.ts'))
  expect(stores.length).toBeGreaterThan(5)
  const modules: Record<string, unknown>[] = await Promise.all(stores.map((file) => import(resolve('server', file))))
  const declared = await generateSQLiteDrizzleJson(Object.assign({}, ...modules))
  const { entries } = JSON.parse(readFileSync('server/database/migrations/meta/_journal.json', 'utf8'))
  const newest = String(entries.at(-1).idx).padStart(4, '0')
  const committed = JSON.parse(readFileSync(`server/database/migrations/meta/${newest}_snapshot.json`, 'utf8'))
  // To repair: npm run build, then npx drizzle-kit generate --name <what-changes>.
  expect(await generateSQLiteMigration(committed, declared)).toEqual([])
})
