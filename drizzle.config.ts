import { defineConfig } from 'drizzle-kit'

// `npx drizzle-kit generate --name <what-changes>` after `npm run build`: it reads the compiled stores.
export default defineConfig({
  dialect: 'sqlite',
  schema: './dist/server/**/*-store.js',
  out: './server/database/migrations',
})
