import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { createCa, issueCertificate, type KeyPair } from '../../../certificates/certificate-authority.js'
import { AppError } from '../../../server/errors.js'
import { ClusterCredential } from '../../../server/kubernetes/cluster-credential.js'
import { parseUploadedKubeconfig } from '../../../server/kubernetes/kubeconfig.js'

const server = 'https://203.0.113.10:6443'
const base64 = (text: string) => Buffer.from(text).toString('base64')

interface Parts {
  cluster?: object
  user?: object
  rest?: object
}

const kubeconfig = ({ cluster = { server }, user = { token: 'abc' }, rest = {} }: Parts = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  preferences: {},
  clusters: [{ name: 'c', cluster }],
  users: [{ name: 'u', user }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
  'current-context': 'x',
  ...rest,
})
const parse = (parts?: Parts, options?: { context?: string }) => parseUploadedKubeconfig(stringify(kubeconfig(parts)), options)

function refusal(text: string, options?: { context?: string }): AppError {
  try {
    parseUploadedKubeconfig(text, options)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was accepted')
}

let ca: KeyPair
let leaf: KeyPair
let otherLeaf: KeyPair
beforeAll(async () => {
  ca = await createCa()
  leaf = await issueCertificate(ca, { commonName: 'me', dnsNames: [], ipAddresses: [], usage: 'client' })
  otherLeaf = await issueCertificate(ca, { commonName: 'me', dnsNames: [], ipAddresses: [], usage: 'client' })
})

describe('an uploaded kubeconfig', () => {
  it('becomes a credential that can be stored as JSON', () => {
    const credential = parse({
      cluster: {
        server: 'https://rancher.example/k8s/clusters/c-1/',
        'certificate-authority-data': base64(ca.cert),
        'tls-server-name': 'api.example',
        'proxy-url': 'http://proxy.example:3128',
      },
      user: {
        'client-certificate-data': base64(leaf.cert),
        'client-key-data': base64(leaf.key),
        as: 'dora',
        'as-groups': ['team'],
        'as-uid': '7',
        'as-user-extra': { reason: ['x'] },
      },
    })
    expect(credential).toEqual({
      server: 'https://rancher.example/k8s/clusters/c-1',
      ca: ca.cert,
      tlsServerName: 'api.example',
      proxyUrl: 'http://proxy.example:3128',
      namespace: 'shop',
      impersonate: { user: 'dora', groups: ['team'], uid: '7', extra: { reason: ['x'] } },
      auth: { kind: 'certificate', cert: leaf.cert, key: leaf.key },
    })
    expect(ClusterCredential.parse(JSON.parse(JSON.stringify(credential)))).toEqual(credential)
  })

  it('is read as JSON, with null lists, with basic authentication and without a user', () => {
    const nulls = { ...kubeconfig({ user: { username: 'a', password: 'b' } }), extensions: null, preferences: null }
    expect(parseUploadedKubeconfig(JSON.stringify(nulls)).auth).toEqual({ kind: 'basic', username: 'a', password: 'b' })
    const nobody = { ...kubeconfig(), users: null, contexts: [{ name: 'x', context: { cluster: 'c' } }] }
    expect(parseUploadedKubeconfig(JSON.stringify(nobody)).auth).toEqual({ kind: 'none' })
  })

  it('gives the context asked for, else the current one, else the only one', () => {
    const two = {
      clusters: [
        { name: 'c', cluster: { server } },
        { name: 'd', cluster: { server: 'https://d.example' } },
      ],
      contexts: [
        { name: 'x', context: { cluster: 'c', user: 'u' } },
        { name: 'y', context: { cluster: 'd', user: 'u' } },
      ],
    }
    expect(parse({ rest: two }).server).toBe(server)
    expect(parse({ rest: two }, { context: 'y' }).server).toBe('https://d.example')
    expect(parse({ rest: { 'current-context': '' } }).server).toBe(server)
    expect(refusal(stringify(kubeconfig({ rest: { ...two, 'current-context': '' } }))).details.remedy).toContain('x, y')
  })

  it('may hold a plugin in an entry that is not used', () => {
    const users = [
      { name: 'u', user: { token: 'abc' } },
      { name: 'v', user: { exec: { command: 'sh', apiVersion: 'client.authentication.k8s.io/v1' } } },
    ]
    expect(parse({ rest: { users } }).auth).toEqual({ kind: 'token', token: 'abc' })
  })

  const bad: [string, () => string, RegExp][] = [
    ['text that is no YAML', () => 'a: [b', /cannot be read as YAML.*line 1/],
    ['two documents', () => 'a: 1\n---\nb: 2', /YAML/],
    ['a list', () => '- 1', /the document/],
    ['another kind of object', () => 'apiVersion: v1\nkind: Secret', /kind: must be Config/],
    [
      'an alias bomb',
      () =>
        `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`).join('\n')}`,
      /aliases/,
    ],
    ['nesting without end', () => '['.repeat(100_000), /nested too deeply|YAML/],
    [
      'an unknown field',
      () => stringify(kubeconfig({ cluster: { server, 'certificate-authority-dat': 'x' } })),
      /certificate-authority-dat/,
    ],
    ['a repeated field', () => 'kind: Config\nkind: Config', /DUPLICATE_KEY/],
    ['a token that is a number', () => 'kind: Config\nusers: [{name: u, user: {token: 12345}}]', /users\.0\.user\.token/],
    ['no contexts', () => stringify(kubeconfig({ rest: { contexts: [], 'current-context': '' } })), /current-context is missing/],
    ['a context that is not there', () => stringify(kubeconfig({ rest: { 'current-context': 'z' } })), /no context called z/],
    ['a context without its cluster', () => stringify(kubeconfig({ rest: { clusters: [] } })), /clusters holds no entry/],
    ['a context without its user', () => stringify(kubeconfig({ rest: { users: [] } })), /users holds no entry/],
    ['no server', () => stringify(kubeconfig({ cluster: {} })), /server is missing/],
    [
      'a server that is no URL',
      () => stringify(kubeconfig({ cluster: { server: '203.0.113.10:6443' } })),
      /server is no URL|neither https nor http/,
    ],
    ['a server by another scheme', () => stringify(kubeconfig({ cluster: { server: 'file:///etc/passwd' } })), /neither https nor http/],
    ['a server with a password', () => stringify(kubeconfig({ cluster: { server: 'https://a:hunter2@h' } })), /user name or password/],
    ['a server with a query', () => stringify(kubeconfig({ cluster: { server: 'https://h/?a=b' } })), /query/],
    ['a credential over plain HTTP', () => stringify(kubeconfig({ cluster: { server: 'http://203.0.113.10' } })), /readable/],
    ['a proxy of an unknown kind', () => stringify(kubeconfig({ cluster: { server, 'proxy-url': 'socks5://h:1' } })), /socks5/],
    [
      'a CA beside insecure-skip-tls-verify',
      () => stringify(kubeconfig({ cluster: { server, 'insecure-skip-tls-verify': true, 'certificate-authority-data': base64(ca.cert) } })),
      /insecure-skip-tls-verify/,
    ],
    ['a CA that is not base64', () => stringify(kubeconfig({ cluster: { server, 'certificate-authority-data': '***' } })), /not base64/],
    [
      'a CA that is no certificate',
      () => stringify(kubeconfig({ cluster: { server, 'certificate-authority-data': base64('hello') } })),
      /no PEM certificate/,
    ],
    ['a certificate without its key', () => stringify(kubeconfig({ user: { 'client-certificate-data': base64(leaf.cert) } })), /pair/],
    [
      'the key of another certificate',
      () => stringify(kubeconfig({ user: { 'client-certificate-data': base64(leaf.cert), 'client-key-data': base64(otherLeaf.key) } })),
      /does not belong/,
    ],
    [
      'a key that is none',
      () => stringify(kubeconfig({ user: { 'client-certificate-data': base64(leaf.cert), 'client-key-data': base64('x') } })),
      /private key/,
    ],
    ['two kinds of credential', () => stringify(kubeconfig({ user: { token: 'a', username: 'b', password: 'c' } })), /token, basic/],
    ['a token with a line break inside', () => stringify(kubeconfig({ user: { token: 'a\nb' } })), /token holds characters/],
    [
      'groups without a user to act as',
      () => stringify(kubeconfig({ user: { token: 'a', 'as-groups': ['system:masters'] } })),
      /as names nobody/,
    ],
    ['an empty user to act as', () => stringify(kubeconfig({ user: { token: 'a', as: '' } })), /as names nobody/],
    [
      'a header in the user to act as',
      () => stringify(kubeconfig({ user: { token: 'a', as: 'x\r\nImpersonate-Group: system:masters' } })),
      /as names nobody/,
    ],
    [
      'a plugin',
      () => stringify(kubeconfig({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh' } } })),
      /exec would run a program/,
    ],
    ['an auth provider', () => stringify(kubeconfig({ user: { 'auth-provider': { name: 'gcp' } } })), /auth-provider would run/],
    ['a token file', () => stringify(kubeconfig({ user: { tokenFile: '/etc/shadow' } })), /tokenFile names a file/],
    ['a token-file', () => stringify(kubeconfig({ user: { 'token-file': '/etc/shadow' } })), /token-file names a file/],
    [
      'a certificate file',
      () => stringify(kubeconfig({ user: { 'client-certificate': '/a', 'client-key': '/b' } })),
      /client-certificate names a file/,
    ],
    ['a key file beside a token', () => stringify(kubeconfig({ user: { token: 'a', 'client-key': '/b' } })), /client-key names a file/],
    [
      'a CA file',
      () => stringify(kubeconfig({ cluster: { server, 'certificate-authority': 'ca.pem' } })),
      /certificate-authority names a file/,
    ],
    ['a key of a prototype', () => '{"kind":"Config","__proto__":{"polluted":true}}', /__proto__|current-context/],
  ]

  it.each(bad)('is refused with field, cause and remedy when it holds %s', (_title, text, expected) => {
    const error = refusal(text())
    expect(error.code).toBe('invalid-kubeconfig')
    expect(`${error.message} ${error.details.cause}`).toMatch(expected)
    expect(error.details.remedy).toMatch(/.{10,}\.$/)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('is refused above 256 kB', () => {
    expect(refusal(`# ${'x'.repeat(256 * 1024)}`).code).toBe('body-too-large')
  })

  it('never has its values in a refusal', () => {
    const secret = 'hunter2hunter2'
    const texts = [
      `users: [{name: u, user: {token: "${secret}`,
      stringify(kubeconfig({ user: { token: `${secret}\nx` } })),
      stringify(kubeconfig({ user: { token: secret, password: secret } })),
      stringify(kubeconfig({ user: { 'client-certificate-data': base64(leaf.cert), 'client-key-data': base64(secret) } })),
    ]
    for (const text of texts) {
      const { message, details } = refusal(text)
      expect(JSON.stringify([message, details.cause, details.remedy, details.errors])).not.toContain(secret)
    }
  })
})
