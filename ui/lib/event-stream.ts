/** One frame of a server-sent event stream. Comments (heartbeats) arrive as a frame without data. */
export interface StreamFrame {
  id?: string
  event: string
  data: string
}

/** Reads frames until the stream ends. Every chunk is reported, so that a caller can tell silence from a slow frame. */
export async function* readFrames(body: ReadableStream<Uint8Array>, onChunk: () => void): AsyncGenerator<StreamFrame> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let buffer = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    onChunk()
    buffer = (buffer + decoder.decode(value, { stream: true })).replaceAll('\r\n', '\n')
    let end = buffer.indexOf('\n\n')
    while (end >= 0) {
      yield parseFrame(buffer.slice(0, end))
      buffer = buffer.slice(end + 2)
      end = buffer.indexOf('\n\n')
    }
  }
}

// The rules of the HTML standard, less what this server never sends (retry is ours to decide).
function parseFrame(text: string): StreamFrame {
  const frame: StreamFrame = { event: 'message', data: '' }
  const data: string[] = []
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') frame.id = value
    else if (field === 'event') frame.event = value
    else if (field === 'data') data.push(value)
  }
  return { ...frame, data: data.join('\n') }
}
