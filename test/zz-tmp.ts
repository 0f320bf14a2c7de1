import { startKwokCluster } from './cluster/kwok-cluster.js'
import { startMeshServer } from './cluster/meshes/with-mesh.js'
import { planAndInstall } from './bench/plan-and-install.js'
import { readAuditLog } from './cluster/control-plane/audit-log.js'
import { readFileSync } from 'node:fs'
const kwok = await startKwokCluster({ webhooks: 'left-out' })
const server = await startMeshServer({ environment: { MESHWRIGHT_LOG_LEVEL: 'warn' } })
const cluster = await server.post<any>('/api/v1/clusters', { name: 'istio', kubeconfig: kwok.kubeconfigText })
for (let i = 0; i < 2; i++) {
    const r = await planAndInstall(server, { cluster: cluster.id, mesh: 'istio', version: '1.30.3' })
    const op = (await server.get<any>('/api/v1/operations')).items[0]
    const from=Date.parse(op.steps[0].startedAt), to=Date.parse(op.steps[0].endedAt)
    const log = await readAuditLog((kwok as any).auditLogPath ?? (kwok as any).auditLog)
    const inside = log.filter((e: any) => Date.parse(e.requestReceivedTimestamp) >= from && Date.parse(e.requestReceivedTimestamp) <= to)
    const by: Record<string, number> = {}
    for (const e of inside as any[]) { const k = `${e.userAgent?.slice(0,40)} ${e.verb}`; by[k]=(by[k]??0)+1 }
    console.log(r, to-from); console.table(by)
    if (i) for (const e of inside.filter((e: any) => /elm/i.test(e.userAgent ?? '')) as any[]) console.log(Date.parse(e.requestReceivedTimestamp)-from, Date.parse(e.stageTimestamp)-Date.parse(e.requestReceivedTimestamp), e.verb, e.requestURI.slice(0,110), e.responseStatus?.code)
  for (const rel of ['istiod', 'istio-base']) await kwok.helm(['uninstall', rel, '--namespace', 'istio-system', '--wait'])
  await kwok.kubectl(['delete', 'namespace', 'istio-system', '--wait'])
  const d = (await kwok.kubectl(['get', 'crds', '--output=name'])).split('\n').filter(Boolean)
  await kwok.kubectl(['delete', ...d, '--wait'])
}
await server.stop(); await kwok.stop()
