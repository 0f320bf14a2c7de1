import { describe, expect, it } from 'vitest'
import { chooseProxy } from '../../../server/kubernetes/proxy-choice.js'

const httpsProxy = 'http://proxy.example:3128'

describe('the choice of a proxy', () => {
  it.each([
    ['https://api.example.com', '', true],
    ['https://api.example.com', 'example.com', false],
    ['https://example.com', 'example.com', false],
    ['https://example.com', '.example.com', true],
    ['https://api.example.com', '.example.com', false],
    ['https://api.example.com', '*.example.com', false],
    ['https://notexample.com', 'example.com', true],
    ['https://API.example.com', 'Example.COM', false],
    ['https://api.example.com:6443', 'api.example.com:6443', false],
    ['https://api.example.com:6443', 'api.example.com:443', true],
    ['https://api.example.com', 'api.example.com:443', false],
    ['https://10.1.2.3:6443', '10.0.0.0/8', false],
    ['https://10.1.2.3:6443', '10.1.2.3', false],
    ['https://11.1.2.3:6443', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.0.0.0/99', true],
    ['https://[fd00::1]:6443', 'fd00::/8', false],
    ['https://[fd00::1]:6443', 'fd00::1', false],
    ['https://api.example.com', ' other.example , * ', false],
    ['https://127.0.0.1:6443', '', false],
    ['https://localhost:6443', '', false],
    ['https://[::1]:6443', '', false],
    ['http://api.example.com', '', false],
  ])('for %s with NO_PROXY=%j is a proxy: %s', (server, noProxy, isProxied) => {
    expect(chooseProxy(server, { httpsProxy, noProxy })).toBe(isProxied ? httpsProxy : undefined)
  })

  it('takes a proxy without a scheme for http, and none for none', () => {
    expect(chooseProxy('https://a.example', { httpsProxy: 'proxy:1' })).toBe('http://proxy:1')
    expect(chooseProxy('https://a.example', {})).toBeUndefined()
  })
})
