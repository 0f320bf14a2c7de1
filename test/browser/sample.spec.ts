import { expect, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { expectAccessibleInBothThemes } from './accessible.js'
import { confirmAndStart, makePlan, openSettled, signIn, stepStates, waitForOutcome } from './pages.js'

test('the sample application is put into an installed mesh, the page says where it answers, and it goes again', async ({ page }) => {
  await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
  await server.post('/api/v1/clusters', { name: 'play', sandbox: { scene: 'three-meshes' } })
  await signIn(page, server)
  await openSettled(page, `${server.url}/meshes/istio`)
  const chooseAction = async (title: string) => {
    await page.getByText('More that can be done with it').click()
    await page.getByRole('button', { name: title }).click()
  }

  await test.step('it is offered for the installation, in a group of its own', async () => {
    await page.getByText('More that can be done with it').click()
    const group = page.locator('details[open] > div').filter({ has: page.getByText('Sample', { exact: true }) })
    await expect(group.getByRole('button')).toHaveText(['Install the sample application', 'Remove the sample application'])
    await group.getByRole('button', { name: 'Install the sample application' }).click()
    await expect(page.getByRole('dialog').getByRole('textbox', { name: 'Namespace' })).toHaveValue('meshwright-sample')
    await expectAccessibleInBothThemes(page, { name: 'sample/choose', window: true })
    expect(await makePlan(page)).toBe('ready')
  })

  await test.step('where it answers stands on the page of the operation', async () => {
    await confirmAndStart(page)
    expect(await waitForOutcome(page)).toBe('Succeeded')
    expect(await stepStates(page)).toEqual(['namespace', 'sample', 'ready', 'members'].map((step) => [step, 'succeeded']))
    await expect(page.locator('main code', { hasText: /^http:\/\/caller\.meshwright-sample\.svc:8080$/ })).toBeVisible()
    await expect(page.locator('main code', { hasText: /^kubectl port-forward -n meshwright-sample / })).toBeVisible()
    await expectAccessibleInBothThemes(page, { name: 'sample/answers', window: true })
  })

  await test.step('its namespace is a member, and is gone afterwards', async () => {
    await openSettled(page, `${server.url}/meshes/istio?tab=namespaces`)
    const member = page.getByRole('row').filter({ hasText: 'meshwright-sample' })
    await expect(member).toBeVisible()
    await openSettled(page, `${server.url}/meshes/istio`)
    await chooseAction('Remove the sample application')
    expect(await makePlan(page)).toBe('ready')
    await confirmAndStart(page)
    expect(await waitForOutcome(page)).toBe('Succeeded')
    await openSettled(page, `${server.url}/meshes/istio?tab=namespaces`)
    await expect(member).toHaveCount(0)
  })
})
