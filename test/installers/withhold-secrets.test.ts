import { describe, expect, it } from 'vitest'
import { withholdSecrets } from '../../installers/withhold-secrets.js'

const privateKey = '-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n'
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

describe('values that a plan shows', () => {
  it('are without passwords, tokens and private keys, and name their places', () => {
    const values = {
      tracing: { lightstep: { accessToken: 't0ken', address: 'x' }, 'a.b': { adminPassword: 'p' } },
      identity: { issuer: { tls: { keyPEM: privateKey, crtPEM: certificate } } },
      manifests: 'apiVersion: v1\nkind: Secret\nstringData: {}\n',
      inJson: '{"apiVersion":"v1","kind":"Secret"}',
      packed: Buffer.from(privateKey).toString('base64'),
    }
    expect(withholdSecrets(values)).toEqual({
      values: {
        tracing: { lightstep: { address: 'x' }, 'a.b': {} },
        identity: { issuer: { tls: { crtPEM: certificate } } },
      },
      withheld: [
        'identity.issuer.tls.keyPEM',
        'inJson',
        'manifests',
        'packed',
        'tracing.a\\.b.adminPassword',
        'tracing.lightstep.accessToken',
      ],
    })
  })

  it('keep references to Secrets, empty texts and what only sounds like one', () => {
    const values = {
      gossipEncryption: { secretName: 'gossip', secretKey: 'key' },
      imagePullSecrets: ['registry'],
      password: '',
      token: { audience: 'istio-ca' },
      automountServiceAccountToken: false,
      manifests: 'kind: SecretProviderClass\nspec:\n  kind: ConfigMap\n',
    }
    expect(withholdSecrets(values)).toEqual({ values, withheld: [] })
  })

  it('are without the whole of a list that holds a secret: helm could not add the missing part', () => {
    const values = {
      extraEnvs: [
        { name: 'A', value: 'b' },
        { name: 'C', password: 'd' },
      ],
      tokens: ['plain'],
      keys: [privateKey],
    }
    expect(withholdSecrets(values)).toEqual({ values: { tokens: ['plain'] }, withheld: ['extraEnvs', 'keys'] })
  })
})
