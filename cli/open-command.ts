import { Command } from 'commander'
import { SessionCode } from '../contract/session.js'
import { openContext, type ServerOption, withServer } from './command-context.js'

/** Prints the address of the page with a new one-time code: for a browser whose session ended. */
export function openCommand(): Command {
  const open = new Command('open').description('print the address of the page, with a new one-time code')
  return withServer(open).action(printAddress)
}

async function printAddress(options: ServerOption): Promise<void> {
  const { api, terminal } = openContext(options)
  const { value } = await api.call({ method: 'POST', path: '/session/codes', answer: SessionCode })
  terminal.data(value.url)
  terminal.talk(`Open it before ${new Date(value.expiresAt).toTimeString().slice(0, 5)}; it works once.`)
}
