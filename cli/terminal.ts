import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { CliError } from './cli-error.js'

/** What a cell or a line tells at a glance. */
export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'strong'

/** Where a command speaks: data to stdout, talk to stderr; colour only on a terminal and without NO_COLOR. */
export interface Terminal {
  /** Columns of stdout; undefined where it is no terminal, and nothing is cut. */
  readonly columns: number | undefined
  data(text: string): void
  talk(text: string): void
  paint(text: string, tone: Tone | undefined): string
  paintTalk(text: string, tone: Tone | undefined): string
  /** Asks a question; without a terminal to answer at, fails as a wrong call that says what did not happen (`otherwise`) and the flag to give instead. */
  ask(question: string, without: { otherwise: string; instead: string }): Promise<string>
}

// SGR codes of the sixteen basic colours: they follow the user's own palette.
const codes: Record<Tone, string> = { good: '32', warn: '33', bad: '31', quiet: '2', strong: '1' }

/** The terminal of this process. Colour and questions are decided for stdout and stderr apart: one of them may be a pipe. */
export function openTerminal({ noColor }: { noColor: boolean }): Terminal {
  const { stdin, stdout, stderr } = process
  // A reader such as head may close the pipe when it has seen enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    columns: stdout.isTTY ? stdout.columns : undefined,
    data: (text) => void stdout.write(`${text}\n`),
    talk: (text) => void stderr.write(`${text}\n`),
    paint: painter(stdout.isTTY && !noColor),
    paintTalk: painter(stderr.isTTY && !noColor),
    ask: async (question, { otherwise, instead }) => {
      if (!stdin.isTTY || !stderr.isTTY) {
        throw new CliError(otherwise, {
          why: 'This needs a yes, and there is no terminal to ask at.',
          remedy: instead,
          exitCode: 2,
        })
      }
      const reader = createInterface({ input: stdin, output: stderr })
      const answer = await reader.question(`${question} `)
      reader.close()
      return answer.trim()
    },
  }
}

function painter(colours: boolean): Terminal['paint'] {
  return (text, tone) => (colours && tone ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text)
}
