import { EnvHttpProxyAgent, request } from 'undici'
import { AdapterError } from './adapter-error.js'

/** Fetches one public file over https into memory; throws `chart-not-found` when it cannot. */
export type Download = (url: URL, options: { limit: number; signal: AbortSignal }) => Promise<Buffer>

const timeoutMs = 30_000
const redirects = 5

/** Uses the proxies that the configuration names, and follows redirects to https only. */
export function openDownload({ httpsProxy, noProxy }: { httpsProxy: string; noProxy: string }): Download {
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy, httpProxy: '', noProxy })
  const fetchOnce = async (url: URL, { limit, signal }: { limit: number; signal: AbortSignal }, hops: number): Promise<Buffer> => {
    if (url.protocol !== 'https:') throw failed(url, 'Only https addresses are used.')
    const response = await request(url, { dispatcher, signal, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
    const location = response.headers.location
    if (response.statusCode >= 300 && response.statusCode < 400 && typeof location === 'string' && hops > 0) {
      await response.body.dump()
      return fetchOnce(new URL(location, url), { limit, signal }, hops - 1)
    }
    if (response.statusCode !== 200) {
      await response.body.dump()
      throw failed(url, `The answer was ${response.statusCode}.`)
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.length
      if (size > limit) throw failed(url, `It is larger than ${limit} bytes.`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
  return (url, options) =>
    fetchOnce(url, options, redirects).catch((error: unknown) => {
      throw error instanceof AdapterError ? error : failed(url, error instanceof Error ? error.message : String(error), error)
    })
}

function failed(url: URL, cause: string, from?: unknown): AdapterError {
  return new AdapterError('chart-not-found', `${url.href} could not be fetched.`, {
    cause,
    remedy:
      'Check the internet connection and HTTPS_PROXY; without internet, set MESHWRIGHT_CHART_MIRROR to a folder with index.yaml and the packages.',
    from,
  })
}
