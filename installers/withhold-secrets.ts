type Values = Record<string, unknown>

/** Values as they may be shown and handed on, and the paths of what is missing in them, as helm's --set writes them. */
export interface ShownValues {
  values: Values
  withheld: string[]
}

// By the last word of the key. References such as secretName, secretKey or tokenAudience are no secrets.
const secretKey = /(password|passwd|passphrase|token|credentials?|private_?key|api_?key|access_?key|client_?secret)$/i
const privateKeyText = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
// A manifest with a Secret in it, as YAML or JSON.
const secretManifest = /(^|[{,\s])["']?kind["']?\s*:\s*["']?Secret(?=["'\s,}]|$)/m
// "-----BEGIN" in base64.
const packedText = /^LS0tLS1CRUdJTi/

/**
 * Leaves out what is secret: passwords, tokens, private keys and manifests of Secrets, told by key or text. A list that holds one
 * goes as a whole, because helm replaces lists as a whole: nobody could add the missing part to it.
 */
export function withholdSecrets(values: Values): ShownValues {
  const withheld: string[] = []
  return { values: withoutSecrets(values, '', withheld), withheld: withheld.sort() }
}

function withoutSecrets(values: Values, prefix: string, withheld: string[]): Values {
  const shown: Values = {}
  for (const [key, value] of Object.entries(values)) {
    const path = `${prefix}${key.replaceAll(/[\\.,=]/g, '\\$&')}`
    if (isValues(value)) shown[key] = withoutSecrets(value, `${path}.`, withheld)
    else if (isSecret(key, value)) withheld.push(path)
    else shown[key] = value
  }
  return shown
}

function isSecret(key: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => isSecret(key, item) || holdsSecret(item))
  if (typeof value !== 'string' || value === '') return false
  const text = packedText.test(value) ? Buffer.from(value, 'base64').toString() : value
  return secretKey.test(key) || privateKeyText.test(text) || secretManifest.test(text)
}

function holdsSecret(item: unknown): boolean {
  return isValues(item) && Object.entries(item).some(([key, value]) => isSecret(key, value) || holdsSecret(value))
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
