import { expect, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { expectAccessibleInBothThemes } from './accessible.js'
import { openSettled, signIn } from './pages.js'

test('"Why?" beside a pod tells in words why it is in the mesh', async ({ page }) => {
  await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
  await server.post('/api/v1/clusters', { name: 'play', sandbox: { scene: 'three-meshes' } })
  await signIn(page, server)
  await openSettled(page, `${server.url}/meshes/istio?tab=namespaces`)
  await page.getByRole('button', { name: 'Why are the pods of shop so?' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('Why?')).toHaveCount(5)
  await dialog.getByText('Why?').first().click()
  await expect(dialog.locator('[data-verdict="in-mesh"]')).toContainText('is in the mesh (Istio).')
  await expect(dialog.locator('[data-reason="namespace-mark"]')).toContainText(
    'Namespace shop asks to be in Istio: istio-injection=enabled.',
  )
  await expect(dialog.locator('[data-reason="dry-run-sidecar"]')).toContainText('istio-proxy')
  await expectAccessibleInBothThemes(page, { name: 'explain/explain', window: true })
  await dialog.getByRole('button', { name: 'Back to the pods' }).click()
  await expect(dialog.getByRole('table', { name: 'Pods of shop' })).toBeVisible()
})
