import { request } from 'node:http'

export interface StreamFrame {
  id?: number
  event?: string
  data?: unknown
}

/** A client of the event stream that reads frames as a browser does. Ends with `close`, or when the server ends it. */
export interface StreamReader {
  status: number
  frames: StreamFrame[]
  /** Waits until so many frames have come that carry data. */
  until(isEnough: (frames: StreamFrame[]) => boolean): Promise<StreamFrame[]>
  ended: Promise<void>
  /** Stops and goes on reading, without closing: a client that hangs. */
  pause(): void
  resume(): void
  close(): void
}

export function openStream(url: string, headers: Record<string, string>): Promise<StreamReader> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const frames: StreamFrame[] = []
      const waiting = new Set<() => void>()
      let pending = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        const parts = (pending + chunk).split('\n\n')
        pending = parts.pop() ?? ''
        frames.push(...parts.map(parseFrame))
        for (const look of waiting) look()
      })
      const ended = new Promise<void>((done) => {
        response.on('close', () => done())
        response.on('error', () => done())
      })
      resolve({
        status: response.statusCode ?? 0,
        frames,
        until: (isEnough) =>
          new Promise((done, fail) => {
            const timer = setTimeout(() => fail(new Error(`the stream only gave ${JSON.stringify(frames.slice(-5))}`)), 30_000)
            const look = () => {
              if (!isEnough(frames)) return
              clearTimeout(timer)
              waiting.delete(look)
              done(frames)
            }
            waiting.add(look)
            look()
          }),
        ended,
        pause: () => void response.pause(),
        resume: () => void response.resume(),
        close: () => void sent.destroy(),
      })
    })
    sent.end()
  })
}

function parseFrame(text: string): StreamFrame {
  const frame: StreamFrame = {}
  for (const line of text.split('\n')) {
    if (line.startsWith('id: ')) frame.id = Number(line.slice(4))
    if (line.startsWith('event: ')) frame.event = line.slice(7)
    if (line.startsWith('data: ')) frame.data = JSON.parse(line.slice(6))
  }
  return frame
}
