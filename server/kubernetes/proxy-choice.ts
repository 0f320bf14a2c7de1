import { BlockList, isIP } from 'node:net'

/** The proxy settings of this process's environment; a kubeconfig's proxy-url goes before them. */
export interface ProxySettings {
  httpsProxy?: string | undefined
  /** Comma-separated: host, .domain, host:port, IP, CIDR or `*`. */
  noProxy?: string | undefined
}

/** The proxy for a server by HTTPS_PROXY and NO_PROXY, with the rules of Go's httpproxy: loopback is never proxied. */
export function chooseProxy(server: string, { httpsProxy, noProxy = '' }: ProxySettings): string | undefined {
  const { hostname, port, protocol } = new URL(server)
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (!httpsProxy || protocol !== 'https:' || isLoopback(host)) return undefined
  const rules = noProxy.split(',').map((rule) => rule.trim().toLowerCase())
  const isDirect = rules.some((rule) => rule !== '' && matches(rule, host, port || '443'))
  if (isDirect) return undefined
  return httpsProxy.includes('://') ? httpsProxy : `http://${httpsProxy}`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  const family = isIP(host)
  if (rule.includes('/')) return family !== 0 && isInNetwork(rule, host)
  const [, ruleHost = rule, rulePort] = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(isIP(rule) === 6 ? `[${rule}]` : rule) ?? []
  if (rulePort !== undefined && rulePort !== port) return false
  if (family !== 0) return ruleHost === host
  const domain = ruleHost.replace(/^\*?\./, '')
  // `.domain` is only what lies below it, `domain` also the name itself.
  return host.endsWith(`.${domain}`) || (host === domain && !/^\*?\./.test(ruleHost))
}

function isInNetwork(rule: string, host: string): boolean {
  const [address = '', prefix = ''] = rule.split('/')
  const family = isIP(address)
  const bits = Number(prefix)
  if (family === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false
  const network = new BlockList()
  network.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return network.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}
