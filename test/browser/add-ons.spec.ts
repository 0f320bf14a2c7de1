import { expect, type Page, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { expectAccessibleInBothThemes } from './accessible.js'
import { confirmAndStart, confirmationsAsked, makePlan, openSettled, signIn, stepStates, waitForOutcome } from './pages.js'

test('add-ons of Istio are chosen by ticks, come up beside its control plane, and go again', async ({ page }) => {
  await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
  await server.post('/api/v1/clusters', { name: 'play', sandbox: { scene: 'three-meshes' } })
  await signIn(page, server)
  await openSettled(page, `${server.url}/meshes/istio`)

  await test.step('what is ticked is what is planned, with what one must know of it', async () => {
    await page.getByText('More that can be done with it').click()
    await expect(page.getByRole('button', { name: 'Start a canary of Istio' })).toBeVisible()
    await expectAccessibleInBothThemes(page, { name: 'add-ons/more', window: true })
    await page.getByRole('button', { name: 'Install add-ons' }).click()
    await choose(page, ['prometheus', 'grafana'])
    await expectAccessibleInBothThemes(page, { name: 'add-ons/choose', window: true })
    expect(await makePlan(page)).toBe('ready')
    await expect(page.getByRole('dialog')).toContainText('The add-ons are for looking at a mesh, and are not made for production.')
  })

  await test.step('they are shown beside the control plane, each with its own version', async () => {
    await confirmAndStart(page, await confirmationsAsked(page))
    expect(await waitForOutcome(page)).toBe('Succeeded')
    expect(await stepStates(page)).toEqual(['prometheus', 'grafana', 'ready'].map((step) => [step, 'succeeded']))
    await openSettled(page, `${server.url}/meshes/istio`)
    await expect(row(page, 'prometheus')).toContainText('3.10.0')
    await expect(row(page, 'grafana')).toContainText('12.0.1')
  })

  await test.step('a removal asks before what they have collected goes', async () => {
    await page.getByText('More that can be done with it').click()
    await page.getByRole('button', { name: 'Remove add-ons' }).click()
    await choose(page, ['prometheus', 'grafana'])
    expect(await makePlan(page)).toBe('ready')
    expect(await confirmationsAsked(page)).toEqual(['add-on-data-lost'])
    await confirmAndStart(page, ['add-on-data-lost'])
    expect(await waitForOutcome(page)).toBe('Succeeded')
    await openSettled(page, `${server.url}/meshes/istio`)
    await expect(row(page, 'istiod')).toBeVisible()
    await expect(row(page, 'prometheus')).toHaveCount(0)
  })
})

async function choose(page: Page, names: readonly string[]): Promise<void> {
  const addOns = page.getByRole('dialog').getByRole('group', { name: 'Add-ons' })
  await expect(addOns.getByRole('checkbox')).toHaveCount(4)
  for (const name of names) await addOns.getByRole('checkbox', { name }).check()
}

function row(page: Page, component: string) {
  return page.getByRole('row').filter({ hasText: component }).first()
}
