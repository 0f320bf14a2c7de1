import { expect } from 'vitest'
import { readCertificates } from '../../../certificates/read-certificates.js'
import type { Operation } from '../../../contract/operation.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { type RunningServer, waitFor } from '../../support/running-server.js'
import { expectFetchedOnce } from '../expect-fetched-once.js'

const namespace = 'linkerd'
const rootsName = 'linkerd-identity-trust-roots'
const issuerName = 'linkerd-identity-issuer'

// As an injector leaves a member; here nobody injects, so that the proxy stands in the template, without anchors of its own.
const labels = { app: 'member', 'linkerd.io/control-plane-ns': namespace }
const member = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'member', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'member' } },
    template: { metadata: { labels }, spec: { containers: ['app', 'linkerd-proxy'].map((name) => ({ name, image: 'example.com/x:1' })) } },
  },
}

interface RotationOptions {
  cluster: TestCluster
  server: RunningServer
  rotate: () => Promise<Operation>
  secretFile: { name: RegExp; subject: string }
}

/** A rotation leaves the new anchor alone, an issuer below it, everybody restarted, and no key anywhere but in the issuer's Secret. */
export async function expectRotatedAnchor({ cluster, server, rotate, secretFile }: RotationOptions): Promise<void> {
  const json = async (...argv: string[]) => JSON.parse(await cluster.kubectl([...argv, '--output=json']))
  const secret = async (): Promise<Record<string, string>> => (await json('get', 'secret', issuerName, `--namespace=${namespace}`)).data
  const bundle = async (): Promise<string> => (await json('get', 'configmap', rootsName, `--namespace=${namespace}`)).data['ca-bundle.crt']
  const podsOf = async (where: string, selector: string): Promise<string[]> => {
    const { items } = await json('get', 'pods', `--namespace=${where}`, `--selector=${selector}`)
    return items.map(({ metadata }: { metadata: { uid: string } }) => metadata.uid)
  }
  const everybody = async () => [
    ...(await podsOf('default', 'app=member')),
    ...(await podsOf(namespace, 'linkerd.io/control-plane-component')),
  ]

  await cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify(member) })
  await cluster.kubectl(['rollout', 'status', 'deployment/member', '--namespace=default', '--timeout=60s'])
  const [old, before] = [await bundle(), await everybody()]
  const operation = await rotate()
  const pem = await expectFetchedOnce(server, operation.id, secretFile)

  const [anchor] = readCertificates(pem).certificates
  const roots = readCertificates(await bundle()).certificates
  const data = await secret()
  const [issuer] = readCertificates(textOf(data['tls.crt'])).certificates
  if (anchor === undefined || issuer === undefined) throw new Error('there is no certificate')
  expect(roots.map(({ fingerprint }) => fingerprint)).toEqual([anchor.fingerprint])
  expect(old).not.toContain(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')).split('\n')[1])
  expect(issuer.isSignedBy(anchor)).toBe(true)
  expect(issuer.x509.checkIssued(anchor.x509)).toBe(true)
  const after = await everybody()
  expect(before.length).toBeGreaterThanOrEqual(5)
  expect(after.filter((uid) => before.includes(uid))).toEqual([])
  const { metadata } = await json('get', 'deployment', 'member', '--namespace=default')
  // Once for both anchors, and once for the new issuer.
  expect(metadata.generation).toBe(3)

  const releases = ['all', 'values'].map((what) => cluster.helm(['get', what, 'linkerd-control-plane', `--namespace=${namespace}`]))
  const told = ['', '/log?limit=500', '/objects'].map((part) => server.get(`/api/v1/operations/${operation.id}${part}`))
  const others = cluster.kubectl([
    'get',
    'configmaps,secrets',
    '--all-namespaces',
    `--field-selector=metadata.name!=${issuerName}`,
    '--output=json',
  ])
  const words = [...(await Promise.all([...releases, others])), JSON.stringify(await Promise.all(told))].join('\n')
  expect(words).toContain('trust-both')
  for (const key of [pem, textOf(data['tls.key'])]) {
    const line = key.split('\n')[1] ?? ''
    expect(line).toHaveLength(64)
    for (const spelling of [line, Buffer.from(key).toString('base64').slice(80, 140)]) expect(words).not.toContain(spelling)
  }

  await cluster.kubectl(['delete', 'deployment', 'member', '--namespace=default'])
  await waitFor(
    () => podsOf('default', 'app=member'),
    (left) => left.length === 0,
    60_000,
  )
}

function textOf(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}
