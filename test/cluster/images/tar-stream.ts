import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'

/** One member of a tar archive; `path` without a leading slash, its last part at most 100 bytes and what is before that 155. */
export type TarEntry =
  | { readonly type: 'directory'; readonly path: string; readonly mode: number }
  | { readonly type: 'link'; readonly path: string; readonly target: string }
  | { readonly type: 'text'; readonly path: string; readonly mode: number; readonly content: string }
  | { readonly type: 'file'; readonly path: string; readonly mode: number; readonly from: string }
  | { readonly type: 'stream'; readonly path: string; readonly size: number; readonly open: () => AsyncIterable<Buffer> }

const block = 512
const wholeLimit = 2 ** 20
const typeFlags = { directory: '5', link: '2', text: '0', file: '0', stream: '0' } as const

/** The bytes of a ustar archive. Owner root, time zero: the same entries give the same bytes. */
export async function* tarStream(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const size = await contentSize(entry)
    const padding = Buffer.alloc((block - (size % block)) % block)
    if (size > wholeLimit || entry.type === 'stream') {
      yield header(entry, size)
      yield* largeContent(entry)
      yield padding
    } else {
      // An image has thousands of small files: each is one chunk.
      yield Buffer.concat([header(entry, size), await smallContent(entry), padding])
    }
  }
  yield Buffer.alloc(2 * block)
}

async function contentSize(entry: TarEntry): Promise<number> {
  switch (entry.type) {
    case 'text':
      return Buffer.byteLength(entry.content)
    case 'file':
      return (await stat(entry.from)).size
    case 'stream':
      return entry.size
    default:
      return 0
  }
}

async function smallContent(entry: TarEntry): Promise<Buffer> {
  if (entry.type === 'file') return readFile(entry.from)
  return Buffer.from(entry.type === 'text' ? entry.content : '')
}

async function* largeContent(entry: TarEntry): AsyncGenerator<Buffer> {
  if (entry.type === 'file') yield* createReadStream(entry.from, { highWaterMark: wholeLimit })
  else if (entry.type === 'stream') yield* entry.open()
  else yield await smallContent(entry)
}

function header(entry: TarEntry, size: number): Buffer {
  const head = Buffer.alloc(block)
  const text = (value: string, offset: number, length: number) => {
    if (Buffer.byteLength(value) > length) throw new Error(`too long for a tar header: ${value}`)
    head.write(value, offset)
  }
  const octal = (value: number, offset: number, length: number) => text(value.toString(8).padStart(length - 1, '0'), offset, length)
  const { prefix, name } = splitPath(entry.path)
  text(name, 0, 100)
  octal('mode' in entry ? entry.mode : 0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  text(typeFlags[entry.type], 156, 1)
  text(entry.type === 'link' ? entry.target : '', 157, 100)
  text('ustar\u000000', 257, 8)
  text(prefix, 345, 155)
  // The checksum counts its own field as spaces.
  head.fill(' ', 148, 156)
  const checksum = head.reduce((sum, byte) => sum + byte, 0)
  head.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148)
  return head
}

// ustar keeps a long path in two fields, parted at a slash.
function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  const cut = path.indexOf('/', path.length - 101)
  return { prefix: path.slice(0, cut), name: path.slice(cut + 1) }
}
