import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { expectAccessible } from './accessible.js'
import { openSettled, signIn } from './pages.js'

const screenshots = resolve('test-results/explain')

test('"Why?" beside a pod tells in words why it is in the mesh', async ({ page }) => {
  await mkdir(screenshots, { recursive: true })
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
  await expectAccessible(page)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(screenshots, `explain-${colorScheme}.png`) })
  }
  await dialog.getByRole('button', { name: 'Back to the pods' }).click()
  await expect(dialog.getByRole('table', { name: 'Pods of shop' })).toBeVisible()
})
