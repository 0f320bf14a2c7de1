#!/usr/bin/env node
// npm start: sets up what is missing, in child processes, then runs the server in this one, so that a signal reaches it directly.
import process from 'node:process'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Meshwright needs Node 20.19 or newer, and this is Node ${process.versions.node}.\n`)
  process.stderr.write('Install a newer Node, for example the current LTS release, and run npm start again.\n')
  process.exit(1)
}

const { prepare } = await import('./prepare.mjs')
const server = await prepare()
await import(server)
