import { expect, test } from '@playwright/test'
import { nobody, startPageServer } from './page-server.js'
import { checkCluster, clusterCard, connectContext, pasteKubeconfig, signIn } from './pages.js'

test('a cluster that nobody answers for is shown with cause and next step, and so is each check', async ({ page }) => {
  await using server = await startPageServer({ nowhere: nobody })
  await signIn(page, server)
  await connectContext(page, 'nowhere')
  const card = clusterCard(page, 'nowhere')
  await expect(card.getByText('Unreachable', { exact: true })).toBeVisible()
  await expect(card.getByRole('alert')).toContainText('Why')
  await expect(card.getByRole('alert')).toContainText('Do this')
  expect(await checkCluster(page, 'nowhere')).toEqual({ reach: 'failed', auth: 'skipped', permissions: 'skipped', version: 'skipped' })
  await expect(card.locator('[data-check="reach"]')).toContainText('Do this')
})

test('a kubeconfig that would run a program is refused in place, by field, and nothing is saved', async ({ page }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    clusters: [{ name: 'there', cluster: { server: nobody } }],
    users: [{ name: 'me', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh' } } }],
    contexts: [{ name: 'main', context: { cluster: 'there', user: 'me' } }],
  })
  await pasteKubeconfig(page, { name: 'risky', kubeconfig })
  const problem = page.getByRole('dialog').getByRole('alert')
  await expect(problem).toContainText('exec')
  await expect(problem).toContainText('Do this')
  const { items } = await server.get<{ items: unknown[] }>('/api/v1/clusters')
  expect(items).toEqual([])
})

test('text that is no kubeconfig is refused with a reason, and the text stays for mending', async ({ page }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  await pasteKubeconfig(page, { name: 'broken', kubeconfig: 'apiVersion: v1\n  kind: : Config' })
  await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Kubeconfig', { exact: true })).toHaveValue(/kind: : Config/)
})

test('removing a cluster asks first, says what stays, and the list follows', async ({ page }) => {
  await using server = await startPageServer({ nowhere: nobody })
  await signIn(page, server)
  await connectContext(page, 'nowhere')
  await page.getByRole('button', { name: 'Remove nowhere' }).click()
  await expect(page.getByRole('dialog')).toContainText('Nothing in the cluster changes')
  await page.getByRole('button', { name: 'Remove from Meshwright' }).click()
  await expect(clusterCard(page, 'nowhere')).toHaveCount(0)
  await expect(page.getByText('No cluster is connected')).toBeVisible()
})

test('an unreachable cluster is never drawn as one without meshes', async ({ page }) => {
  await using server = await startPageServer({ nowhere: nobody })
  await signIn(page, server)
  await connectContext(page, 'nowhere')
  await page.goto(`${server.url}/`)
  await expect(page.getByText('No cluster can be read at the moment')).toBeVisible()
  await expect(page.getByText('No mesh was found')).toHaveCount(0)
})
