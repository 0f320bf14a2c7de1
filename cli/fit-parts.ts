/** One part of a text: lines in a frame. Of two parts that cannot both be whole, the one of the higher rank is cut. */
export interface Part {
  before: string
  lines: string[]
  after: string
  /** What its lines are, for the note that says how many are missing. */
  what: string
  rank: number
}

const noteLength = 200

/** The parts as one text of at most `limit` characters; where lines are left out, a note says how many. */
export function fitParts(parts: Part[], { limit, seeAll }: { limit: number; seeAll: string }): string {
  const present = parts.filter(({ before, lines }) => before !== '' || lines.length > 0)
  const frames = present.reduce((sum, { before, after }) => sum + before.length + after.length + noteLength, 0)
  let room = limit - frames
  const kept = new Map<Part, number>()
  for (const part of [...present].sort((one, other) => one.rank - other.rank)) {
    let count = 0
    for (const line of part.lines) {
      if (line.length + 1 > room) break
      room -= line.length + 1
      count++
    }
    kept.set(part, count)
  }
  return present.map((part) => partText(part, kept.get(part) ?? 0, seeAll)).join('\n\n')
}

function partText({ before, lines, after, what }: Part, count: number, seeAll: string): string {
  const text = [before, ...lines.slice(0, count), after].filter((line) => line !== '').join('\n')
  const missing = lines.length - count
  return missing === 0
    ? text
    : `${text}\n\n✂️ ${missing} of ${lines.length} ${what} are not shown, because a comment may not be longer: ${seeAll}.`
}
