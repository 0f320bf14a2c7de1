import { list } from 'tar'

/** What a chart's templates do that a preview has to know of. */
export interface ChartTraits {
  /** They make certificates, keys or random text: two renders differ. */
  makesRandom: boolean
  /** They ask which APIs the cluster serves. */
  asksForApis: boolean
}

const randomFunctions =
  /\b(gen(CA|CAWithKey|SelfSignedCert|SelfSignedCertWithKey|SignedCert|SignedCertWithKey|PrivateKey)|rand(AlphaNum|Alpha|Numeric|Ascii|Int|Bytes)|uuidv4|htpasswd|bcrypt|now)\b/
const apiQuestion = /\.Capabilities\.APIVersions\b/
const templateLimit = 2 * 1024 * 1024

/** Reads a chart package in memory, templates only; nothing is written, whatever its entries are named. */
export async function readChartTraits(file: string): Promise<ChartTraits> {
  const texts: Promise<string>[] = []
  await list({
    file,
    strict: true,
    onReadEntry: (entry) => {
      const isTemplate = entry.type === 'File' && /\/templates\//.test(entry.path) && entry.size <= templateLimit
      if (isTemplate) texts.push(entry.concat().then((content) => content.toString()))
      else entry.resume()
    },
  })
  const all = await Promise.all(texts)
  return { makesRandom: all.some((text) => randomFunctions.test(text)), asksForApis: all.some((text) => apiQuestion.test(text)) }
}
