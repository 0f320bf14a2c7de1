import { expect, test } from '@playwright/test'
import { buildWithAdapter } from '../support/build-with-adapter.js'
import { startServer } from '../support/running-server.js'
import { addTwinCluster } from '../support/twin-cluster.js'
import { expectAccessibleInBothThemes, expectNoSidewaysScroll } from './accessible.js'
import { openPage, openSettled, signIn } from './pages.js'

test('a rollout is begun on its installation, read and approved stage by stage, and stopped, all of it live', async ({ page }) => {
  await using server = await startServer(await buildWithAdapter('twin', 'browser'))
  await addTwinCluster(server, 'lab')
  await signIn(page, server)
  await openSettled(page, `${server.url}/meshes/twin`)
  await page.getByText('More that can be done with it').click()
  await page.getByRole('button', { name: 'Upgrade by a second control plane…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Upgrade by a second control plane' })
  await dialog.getByLabel('How namespaces move').selectOption('tag')
  await expect(dialog.getByRole('textbox', { name: 'Tag' })).toBeVisible()
  await expectAccessibleInBothThemes(page, { name: 'rollouts/begin', window: true })
  await dialog.getByLabel('How namespaces move').selectOption('labels')
  await dialog.getByLabel('Waves').fill('shop, nowhere')
  await dialog.getByRole('button', { name: 'Begin the rollout' }).click()
  await expect(dialog.getByRole('alert')).toContainText('nowhere is not in the cluster')
  await dialog.getByLabel('Waves').fill('shop, pay\n')
  await dialog.getByRole('button', { name: 'Begin the rollout' }).click()

  await page.waitForURL(/\/rollouts\/[0-9a-f-]{36}/)
  const stages = page.getByRole('list', { name: 'Stages' }).getByRole('listitem')
  await expect(stages).toHaveText([
    /Start control plane 2-0-0 beside defaultWaits for approval/,
    /Move shop, payNot yet/,
    /Move the gateways to 2-0-0 and retire defaultNot yet/,
  ])
  await expect(page.getByText('Revision default serves everybody; nothing was changed.')).toBeVisible()
  const approve = page.getByRole('button', { name: /^Approve: / })
  await expect(approve).toBeDisabled()
  await expectAccessibleInBothThemes(page, { name: 'rollouts/waiting' })
  // With the keyboard alone.
  await page.getByRole('checkbox', { name: 'definitions-change is what happens.' }).focus()
  await page.keyboard.press('Space')
  await approve.focus()
  await page.keyboard.press('Enter')

  await expect(page.getByRole('heading', { name: 'Stage 2 of 3: Move shop, pay' })).toBeVisible()
  await expect(stages.first()).toContainText('Done')
  await page.getByRole('checkbox', { name: 'restart-workloads is what happens.' }).check()
  await page.getByRole('button', { name: 'Approve: Join Twin' }).click()
  await expect(page.getByRole('heading', { name: /^Stage 3 of 3/ })).toBeVisible()
  await expect(page.locator('header').getByText('Blocked', { exact: true })).toBeVisible()
  await expect(page.locator('[data-finding="members-left"]')).toContainText('Namespace web asks for it.')
  await expect(page.getByRole('button', { name: /^Approve: / })).toBeDisabled()
  await expectAccessibleInBothThemes(page, { name: 'rollouts/blocked' })
  await page.getByRole('button', { name: 'Plan the stage again' }).click()
  await expect(page.locator('header').getByText('Blocked', { exact: true })).toBeVisible()

  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  const asked = page.getByRole('dialog', { name: 'Stop this rollout?' })
  await expect(asked).toContainText('Two control planes stand, default and 2-0-0. With 2-0-0: shop, pay.')
  await asked.getByRole('button', { name: 'Stop the rollout' }).click()
  await expect(page.getByText('To finish: let the namespaces that are left join 2-0-0')).toBeVisible()
  await expect(page.getByRole('button', { name: /^(Stop|Plan the stage again|Approve)/ })).toHaveCount(0)
  await expectAccessibleInBothThemes(page, { name: 'rollouts/stopped' })
  await page.getByRole('link', { name: 'Operation of stage 2' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Join Twin' })).toBeVisible()
  await page.getByRole('link', { name: 'a rollout' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Rollout: Twin to 2.0.0' })).toBeVisible()

  await openPage(page, 'Operations')
  await expect(page.getByRole('table', { name: 'Rollouts, newest first' }).getByRole('row')).toHaveCount(2)
  await expect(page.getByRole('link', { name: 'Stage of a rollout' })).toHaveCount(2)
  await expectAccessibleInBothThemes(page, { name: 'rollouts/operations' })
  await page.setViewportSize({ width: 420, height: 900 })
  await page.getByRole('link', { name: 'Twin to 2.0.0' }).click()
  await expect(stages).toHaveCount(3)
  await expectNoSidewaysScroll(page)
})
