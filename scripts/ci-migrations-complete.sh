#!/usr/bin/env bash
# The committed migrations make the schema of the stores: generating makes no other.
npx drizzle-kit generate --name unfinished > /dev/null || exit 1
changes=$(git status --porcelain -- server/database/migrations)
[ -z "$changes" ] || { echo "the stores want a migration that is not committed: $changes"; exit 1; }
