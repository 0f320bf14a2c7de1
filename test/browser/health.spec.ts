import { expect, type Page, test } from '@playwright/test'
import { startApiCluster } from '../cluster/api-cluster.js'
import { base64, makePair, secretYaml, webhookYaml } from '../support/certificate-objects.js'
import { istiodYaml } from '../support/mesh-objects.js'
import { isMissing } from '../support/missing-tool.js'
import { startServer } from '../support/running-server.js'
import { expectAccessibleInBothThemes, expectNoSidewaysScroll, keepPicture } from './accessible.js'
import { addSimulated, clusterCard, openPage, openSettled, pasteKubeconfig, signIn } from './pages.js'

test.describe('on a real API server', () => {
  test.skip(isMissing('api-cluster'), 'needs the test bed')

  test('an installation is checked by a click: what does not work stands first, and its certificates are listed', async ({ page }) => {
    await using api = await startApiCluster()
    await using server = await startServer()
    const { root, leaf } = await makePair({ name: 'istiod.istio-system', days: -3 })
    const bundle = { name: 'istio-sidecar-injector', service: 'istio-system/istiod', caBundle: base64(root.cert), policy: 'Fail' as const }
    const manifests = [
      istiodYaml,
      webhookYaml(bundle),
      secretYaml('istio-system/cacerts', { 'root-cert.pem': root.cert, 'ca-key.pem': root.key }),
      secretYaml('istio-system/istiod-tls', { 'tls.crt': leaf.cert, 'tls.key': leaf.key }, { type: 'kubernetes.io/tls' }),
    ]
    await api.kubectl(['apply', '--filename=-'], { input: manifests.join('\n---\n') })
    await signIn(page, server)
    await pasteKubeconfig(page, { name: 'lab', kubeconfig: api.kubeconfigText })
    await expect(clusterCard(page, 'lab').getByText('Live', { exact: true })).toBeVisible()

    await test.step('what nobody looked at is not said to be well', async () => {
      await openPage(page, 'Certificates')
      await expect(page.getByText('No certificate is known')).toBeVisible()
      await openSettled(page, `${server.url}/meshes/istio?tab=health`)
      await expect(page.getByText('It was not checked yet')).toBeVisible()
    })

    await test.step('findings, worst first', async () => {
      await page.getByRole('button', { name: 'Check now' }).click()
      const region = page.getByRole('region', { name: 'Health of Istio on lab' })
      await expect(region.getByRole('heading', { level: 3 })).toHaveText(['Does not work', 'Is well'])
      await expect(region.locator('[data-finding="certificate-expired"]')).toContainText('Put it in its place', { ignoreCase: true })
      await keepPictures(page, 'health')
    })

    await test.step('certificates, the first to end first', async () => {
      await openPage(page, 'Certificates')
      const rows = page.getByRole('table', { name: 'Certificates of the meshes' }).locator('[data-certificate]')
      await expect(rows).toHaveText([/^Certificate in the mesh's namespace/, /^Root of the mesh/])
      await expect(page.getByText('Ended', { exact: true })).toBeVisible()
      await rows.first().locator('summary').click()
      await expect(rows.first()).toContainText('istio-system/istiod-tls data.tls.crt')
      await keepPictures(page, 'certificates')
      await page.getByText('Mesh', { exact: true }).first().click()
      await expect(page).toHaveURL(/sort=mesh/)
    })

    await test.step('what the cluster does not show is said on the page of certificates', async () => {
      await api.kubectl(['apply', '--filename=-'], { input: limited })
      await pasteKubeconfig(page, { name: 'limited', kubeconfig: await api.clientFor({ user: 'limited' }) })
      await expect(clusterCard(page, 'limited').getByText('Live', { exact: true })).toBeVisible()
      await openSettled(page, `${server.url}/meshes/istio?tab=health`)
      const region = page.getByRole('region', { name: 'Health of Istio on limited' })
      await region.getByRole('button', { name: 'Check now' }).click()
      await expect(region.getByText('May stop working, or could not be seen')).toBeVisible()
      await openPage(page, 'Certificates')
      await expect(page.getByText(/^Certificates may be missing from the list; not readable: /)).toBeVisible()
      await expect(page.getByText('istio on limited', { exact: true })).toBeVisible()
      await keepPictures(page, 'not-readable')
    })
  })
})

test('on a simulated cluster the report says what it did not look at, and all of it is marked', async ({ page }) => {
  await using server = await startServer({ environment: { PATH: '/nowhere', MESHWRIGHT_OFFLINE: '1' } })
  await signIn(page, server)
  await addSimulated(page, 'three-meshes')
  await openSettled(page, `${server.url}/meshes/istio?tab=health`)
  const region = page.getByRole('region', { name: 'Health of Istio on playground' })
  await region.getByRole('button', { name: 'Check now' }).click()
  await expect(region.getByText('Nothing runs in a simulated cluster.').first()).toBeVisible()
  await expect(region.getByText('Simulated', { exact: true })).toBeVisible()
  await expect(region.getByRole('heading', { level: 3, name: 'Does not work' })).toHaveCount(0)
  await keepPictures(page, 'simulated')
  await openPage(page, 'Certificates')
  await expect(page.getByText('Nothing runs in a simulated cluster, so that nothing makes certificates there.')).toBeVisible()
  await keepPictures(page, 'simulated-certificates')
})

/** A picture in both themes and on a phone, each accessible. */
async function keepPictures(page: Page, name: string): Promise<void> {
  await expectAccessibleInBothThemes(page, { name: `health/${name}` })
  const size = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNoSidewaysScroll(page)
  await keepPicture(page, { name: `health/${name}-phone`, window: true })
  if (size !== null) await page.setViewportSize(size)
}

const limited = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: limited }
rules:
- { apiGroups: [""], resources: [pods, namespaces, events], verbs: [get, list, watch] }
- { apiGroups: [apps], resources: ["*"], verbs: [get, list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: limited }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: limited }
subjects: [{ kind: User, name: limited, apiGroup: rbac.authorization.k8s.io }]
`
