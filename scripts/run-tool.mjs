import { spawn } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'

const stdoutTo = { stderr: 2, stdout: 1, capture: 'pipe' }

/** Runs a JavaScript tool below node_modules with this very node, and the tools that it calls by name from there too. */
export function runTool(tool, args, options = {}) {
  const bin = resolve('node_modules/.bin')
  return run(process.execPath, [join('node_modules', tool), ...args], {
    ...options,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  })
}

/**
 * Runs a command to its end and throws when it fails; SIGINT and SIGTERM are passed on and end this process too.
 * What it prints goes to stderr, because stdout of `npm start` carries only the ready line; `output: 'stdout'` lets it
 * through, `output: 'capture'` returns it.
 */
export function run(command, args, { output = 'stderr', env = process.env } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env, stdio: ['ignore', stdoutTo[output], 2] })
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    const passOn = (signal) => {
      child.kill(signal)
      child.once('close', () => process.exit(signal === 'SIGINT' ? 130 : 143))
    }
    process.on('SIGINT', passOn).on('SIGTERM', passOn)
    child.on('error', fail)
    child.on('close', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn)
      if (code === 0) done(text)
      else fail(new Error(`${[command, ...args].join(' ')} ${signal ? `was ended by ${signal}` : `failed with exit code ${code}`}`))
    })
  })
}
