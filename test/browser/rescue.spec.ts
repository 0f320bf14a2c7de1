import { expect, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { expectAccessibleInBothThemes, expectNoSidewaysScroll, keepPicture } from './accessible.js'
import { addSimulated, openSettled, signIn } from './pages.js'

test('a mesh offers its ways out apart from its other actions, says what they are for, and begins each with a plan', async ({ page }) => {
  await using server = await startServer({ environment: { PATH: '/nowhere', MESHWRIGHT_OFFLINE: '1' } })
  await signIn(page, server)
  await addSimulated(page, 'three-meshes')
  await openSettled(page, `${server.url}/meshes/istio`)
  const rescue = page.getByRole('region', { name: 'Rescue' })
  await expect(rescue).toContainText('For a release that a killed helm left locked')
  await expect(rescue.getByRole('button')).toHaveText(['Unlock a stuck release', 'Roll a release back', 'Remove silent webhooks'])
  await expect(page.getByRole('button', { name: 'Unlock a stuck release' })).toHaveCount(1)
  await expectAccessibleInBothThemes(page, { name: 'rescue/page' })
  await rescue.getByRole('button', { name: 'Unlock a stuck release' }).click()
  const dialog = page.getByRole('dialog', { name: 'Unlock a stuck release' })
  await expect(dialog).toContainText('Empty: every stuck release of the installation.')
  await keepPicture(page, { name: 'rescue/dialog', window: true })
  await page.keyboard.press('Escape')
  await expectNoSidewaysScroll(page)
})
