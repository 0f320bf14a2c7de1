import { execa } from 'execa'
import { toolPath } from '../binaries/tool-path.js'
import { directory, file, folder, type LayerPart, link, program, text } from './image-layer.js'

/** A shell with curl. Debian's busybox is static glibc: its resolver loads the shared libc and crashes without it, so curl brings that along. */
export async function userland(): Promise<LayerPart[]> {
  const { stdout } = await execa('/bin/busybox', ['--list'])
  const applets = stdout.split('\n').filter((name) => name !== 'busybox')
  return [
    file('/bin/busybox', '/bin/busybox'),
    ...applets.map((name) => link(`/bin/${name}`, '/bin/busybox')),
    link('/usr/bin/env', '/bin/busybox'),
    program('/usr/bin/curl'),
    program('/usr/bin/getent'),
    directory('/tmp', 0o1777),
    directory('/var/run'),
    directory('/run'),
    directory('/root', 0o700),
    text(
      '/etc/passwd',
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nistio-proxy:x:1337:1337::/:/bin/sh\nenvoy:x:1500:1500::/:/bin/false\nkuma-dp:x:5678:5678::/:/bin/false\n',
    ),
    text('/etc/group', 'root:x:0:\n'),
    text('/etc/nsswitch.conf', 'hosts: files dns\n'),
  ]
}

/** iptables and nft, both variants, because istio-init picks one by what it finds. */
export function iptables(): LayerPart[] {
  const variants = ['nft', 'legacy']
  const commands = ['iptables', 'ip6tables'].flatMap((base) => ['', '-save', '-restore'].map((verb) => [base, verb] as const))
  const links = commands.flatMap(([base, verb]) => [
    ...variants.map((variant) => link(`/usr/sbin/${base}-${variant}${verb}`, `xtables-${variant}-multi`)),
    link(`/usr/sbin/${base}${verb}`, 'xtables-nft-multi'),
    link(`/sbin/${base}${verb}`, '/usr/sbin/xtables-nft-multi'),
  ])
  const programs = [...variants.map((variant) => `/usr/sbin/xtables-${variant}-multi`), '/usr/sbin/nft', '/bin/ip']
  return [...programs.map((path) => program(path)), folder(xtablesFolder()), ...links]
}

function xtablesFolder(): string {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  return `/usr/lib/${machine}-linux-gnu/xtables`
}

/** What pilot and its proxies read at their start. */
export function istioBootstrap(): LayerPart[] {
  return [
    file(toolPath('envoy_bootstrap.json'), '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json', 0o644),
    file('/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt', 0o644),
  ]
}
