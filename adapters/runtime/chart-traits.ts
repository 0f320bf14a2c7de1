import { list } from 'tar'
import { parse } from 'yaml'
import { z } from 'zod'

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
// What a template does, not the prose of the definitions and comments in it.
const templateActions = /\{\{(?!-?\s*\/\*)[\s\S]*?\}\}/g
const templateLimit = 2 * 1024 * 1024

/** Looks at a chart's templates. */
export async function readChartTraits(file: string): Promise<ChartTraits> {
  const texts = await readTexts(file, /\/templates\//)
  const actions = texts.flatMap((text) => text.match(templateActions) ?? [])
  return { makesRandom: actions.some((one) => randomFunctions.test(one)), asksForApis: actions.some((one) => apiQuestion.test(one)) }
}

const Values = z.record(z.string(), z.json()).nullish()

/** The chart's own values, without those of charts in it. */
export async function readChartDefaults(file: string): Promise<Record<string, unknown>> {
  const [text = ''] = await readTexts(file, /^[^/]+\/values\.yaml$/)
  return Values.parse(parse(text, { merge: true, maxAliasCount: 1000 })) ?? {}
}

/** Reads a package in memory; nothing is written, whatever its entries are named. */
async function readTexts(file: string, path: RegExp): Promise<string[]> {
  const texts: Promise<string>[] = []
  await list({
    file,
    strict: true,
    onReadEntry: (entry) => {
      const isWanted = entry.type === 'File' && path.test(entry.path) && entry.size <= templateLimit
      if (isWanted) texts.push(entry.concat().then((content) => content.toString()))
      else entry.resume()
    },
  })
  return Promise.all(texts)
}
