#!/usr/bin/env node
// Builds better-sqlite3 below the current folder for the node that runs this.
import process from 'node:process'
import { nativeFlags } from './native-flags.mjs'
import { run } from './run-tool.mjs'

await run('npm', ['rebuild', 'better-sqlite3'], { env: { ...process.env, ...nativeFlags() } })
