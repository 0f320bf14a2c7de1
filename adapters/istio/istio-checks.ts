import type { MeshChecks, Renewal } from '../runtime/checks/check.js'
import { sidecarsInStep } from '../runtime/checks/sidecars-in-step.js'
import { webhookNames } from '../runtime/other-meshes.js'
import { configAnalysed } from './config-analysed.js'

const istiod: Renewal = { by: 'control-plane', text: 'istiod renews it while it runs.' }

/** Istio's health beyond what every mesh is looked at for, and where its certificates lie. */
export const istioChecks: MeshChecks = {
  // A control plane may be one minor version ahead of its sidecars.
  checks: [sidecarsInStep({ minors: 1 }), configAnalysed],
  certificates: {
    sources: [
      { kind: 'Secret', name: 'cacerts', key: 'root-cert.pem', use: 'root', purpose: 'root of the mesh' },
      { kind: 'Secret', name: 'cacerts', key: 'ca-cert.pem', use: 'issuer', purpose: 'issuer of workload certificates' },
      { kind: 'Secret', name: 'cacerts', key: 'cert-chain.pem', use: 'issuer', purpose: 'issuer above the mesh' },
      // The same with cert-manager, as istiod reads it, too.
      { kind: 'Secret', name: 'cacerts', key: 'ca.crt', use: 'root', purpose: 'root of the mesh' },
      { kind: 'Secret', name: 'cacerts', key: 'tls.crt', use: 'issuer', purpose: 'issuer of workload certificates' },
      { kind: 'Secret', name: 'istio-ca-secret', key: 'ca-cert.pem', use: 'root', purpose: 'root of the mesh', renewal: istiod },
      { kind: 'Secret', name: 'istio-ca-secret', key: 'root-cert.pem', use: 'root', purpose: 'root of the mesh', renewal: istiod },
      { kind: 'ConfigMap', name: 'istio-ca-root-cert', key: 'root-cert.pem', use: 'root', purpose: 'root of the mesh', renewal: istiod },
    ],
    webhooks: webhookNames.istio,
    gatewayClasses: /^istio(-|$)/,
  },
}
