import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { withKeepMarks } from '../../adapters/runtime/keep-in-release-step.js'

const manifest = `---
# Source: consul/templates/crd-httproutes-external.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: httproutes.gateway.networking.k8s.io
spec:
  group: gateway.networking.k8s.io
---
# Source: consul/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name:   spaced
data:
  a: "---"   # as it was written
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: meshes.consul.hashicorp.com
  annotations: { a: b }
`

it('a release record gets the mark on the named definitions and is otherwise what it was', () => {
  const marked = withKeepMarks(manifest, ['httproutes.gateway.networking.k8s.io'])
  const [route, config, mesh, ...more] = parseAllDocuments(marked).map((document) => document.toJS())
  expect(more).toEqual([])
  expect(route).toMatchObject({
    metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: { group: 'gateway.networking.k8s.io' },
  })
  expect([config, mesh]).toEqual(
    parseAllDocuments(manifest)
      .slice(1)
      .map((document) => document.toJS()),
  )
  expect(marked).toContain('  name:   spaced\ndata:\n  a: "---"   # as it was written\n')
  expect(withKeepMarks(marked, [])).toBe(marked)
})
