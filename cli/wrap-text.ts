const usualWidth = 100

/** Prose in lines of the terminal's width, at most; those after the first are indented. A word that is longer stays whole. */
export function wrapText(
  text: string,
  { columns = usualWidth, indent = '' }: { columns?: number | undefined; indent?: string } = {},
): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns, indent))
    .join('\n')
}

// The first line keeps what it begins with; only what follows is set apart by spaces.
function wrapLine(line: string, columns: number, indent: string): string {
  const [start = ''] = /^\s*/.exec(line) ?? []
  const lines: string[] = []
  let current = ''
  for (const word of line.trim().split(/ +/)) {
    const begin = lines.length === 0 ? start : indent
    const longer = current === '' ? begin + word : `${current} ${word}`
    if (current !== '' && longer.length > columns) {
      lines.push(current)
      current = indent + word
    } else current = longer
  }
  return [...lines, current].join('\n')
}
