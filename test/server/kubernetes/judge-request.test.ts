import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GrantPolicy, judgeDelete, judgeRequest, Refusal } from '../../../server/kubernetes/judge-request.js'

const read: GrantPolicy = { mode: 'read', scope: 'cluster' }
const dryRun: GrantPolicy = { mode: 'dry-run', scope: 'cluster' }
const write: GrantPolicy = { mode: 'write', scope: 'cluster' }

const head = (method: string, url: string, contentType?: string) => ({
  method,
  url,
  contentType,
  contentEncoding: undefined,
  hasBody: contentType !== undefined,
})

function outcome(policy: GrantPolicy, method: string, url: string, contentType?: string): string {
  try {
    return judgeRequest(policy, head(method, url, contentType)).verb
  } catch (error) {
    if (error instanceof Refusal) return `refused ${error.status}`
    throw error
  }
}

describe('judging a request', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list'],
    ['GET', '/api/v1/pods?watch=1', 'watch'],
    ['GET', '/api/v1/namespaces/shop/pods/web', 'get'],
    ['GET', '/api/v1/namespaces/shop/pods/web/log?follow=true', 'get'],
    ['GET', '/apis/apps/v1/namespaces/shop/deployments/web/status', 'get'],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node', 'get'],
    ['GET', '/api', 'get'],
    ['GET', '/apis/apps/v1', 'get'],
    ['GET', '/openapi/v3/apis/apps/v1?hash=AB', 'get'],
    ['GET', '/version?timeout=32s', 'get'],
    ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'create'],
  ])('lets a read grant %s %s', (method, url, verb) => {
    expect(outcome(read, method, url)).toBe(verb)
  })

  it('sends on only what it has judged: the query in its own spelling', () => {
    const { query } = judgeRequest(dryRun, head('POST', '/api/v1/namespaces?dry%52un=A%6cl&fieldManager=a%20b', 'application/json'))
    expect(query.toString()).toBe('dryRun=All&fieldManager=a+b')
  })

  it.each([
    '/api/v1/namespaces/a b/pods',
    '/api/v1/namespaces/\u0000/pods',
    '/api/v1/pods/',
    '*',
    'pods',
    'http://x/api/v1/pods',
    '/api/v1/pods\\..',
    '/ÄPI',
  ])('refuses the odd path %j', (url) => {
    expect(outcome(write, 'GET', url)).toBe('refused 400')
  })

  it('takes a dry run of DELETE from its body first, and wants no contradiction', () => {
    const judge = (url: string, body: string) => {
      const judged = judgeRequest(write, head('DELETE', url, 'application/json'))
      return judgeDelete(write, judged, Buffer.from(body)).request.isDryRun
    }
    const path = '/api/v1/namespaces/shop/pods/web'
    expect(judge(path, '{"dryRun":["All"]}')).toBe(true)
    expect(judge(path, '{}')).toBe(false)
    expect(judge(path, '')).toBe(false)
    expect(judge(`${path}?dryRun=All`, '')).toBe(true)
    expect(() => judge(`${path}?dryRun=All`, '{}')).toThrow(/contradicts/)
    expect(() => judge(path, '{"dryRun":["All","None"]}')).toThrow(Refusal)
    expect(() => judge(path, '[]')).toThrow(Refusal)
  })

  it('never lets a read grant do anything but read and ask about itself, whatever is sent', () => {
    const word = fc.constantFrom(
      'api',
      'apis',
      'v1',
      'apps',
      'namespaces',
      'shop',
      'pods',
      'web',
      'exec',
      'proxy',
      'status',
      'token',
      'watch',
      '',
      '.',
      '..',
      '%2e',
      'a;b',
    )
    const path = fc.array(word, { maxLength: 9 }).map((words) => `/${words.join('/')}`)
    const query = fc.constantFrom('', '?dryRun=All', '?dryRun=All&dryRun=None', '?watch=1', '?a;b', '?dryRun=All%00')
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'CONNECT', 'get')
    fc.assert(
      fc.property(method, path, query, (one, two, three) => {
        const verb = outcome(read, one, two + three, one === 'GET' ? undefined : 'application/json')
        expect(verb).toMatch(/^(get|list|watch|refused \d+)$/)
        expect(verb.startsWith('refused') || one === 'GET').toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  it('lets a dry-run grant change nothing without dryRun=All, wherever it is put', () => {
    const paths = fc.constantFrom(
      '/api/v1/namespaces/shop/pods',
      '/api/v1/namespaces/shop/pods/web',
      '/apis/apps/v1/deployments',
      '/api/v1/namespaces/shop/pods/web/status',
    )
    const query = fc.array(fc.constantFrom('dryRun=All', 'dryRun=None', 'dryRun', 'DryRun=All', 'x=dryRun%3DAll', 'dryRun[]=All'), {
      maxLength: 3,
    })
    const body = fc.constantFrom(
      '',
      '{}',
      '{"dryRun":["All"]}',
      '{"dryRun":[]}',
      '{"dryRun":"All"}',
      '{"dryRun":["All"],"dryRun":null}',
      '{"DryRun":["All"]}',
    )
    fc.assert(
      fc.property(fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'), paths, query, body, (method, path, parts, text) => {
        const url = parts.length > 0 ? `${path}?${parts.join('&')}` : path
        const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
        let allowed: ReturnType<typeof judgeDelete>
        try {
          const judged = judgeRequest(dryRun, head(method, url, text === '' ? undefined : type))
          allowed = method === 'DELETE' ? judgeDelete(dryRun, judged, Buffer.from(text)) : { request: judged, body: Buffer.from(text) }
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
          return
        }
        // What the API server will see, by its own rule: the body of a DELETE, else the query.
        const seen =
          method === 'DELETE' && allowed.body.length > 0
            ? JSON.parse(allowed.body.toString()).dryRun
            : allowed.request.query.getAll('dryRun')
        expect(seen).toEqual(['All'])
      }),
      { numRuns: 5000 },
    )
  })
})
