import { readFile } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import type { Cluster } from '../../contract/cluster.js'
import type { Operation } from '../../contract/operation.js'
import { type RunningServer, startServer, waitFor } from '../support/running-server.js'
import { collectComplaints, expectAccessible } from './accessible.js'
import { addSimulated, confirmAndStart, confirmationsAsked, makePlan, signIn, waitForOutcome } from './pages.js'

const bare = { environment: { PATH: '/nowhere', MESHWRIGHT_OFFLINE: '1' } }

test('installs, upgrades and removes the Gateway API, and saves what was exported before', async ({ page }) => {
  await using server = await startServer(bare)
  const complaints = collectComplaints(page)
  await signIn(page, server)
  await addSimulated(page, 'empty')
  const open = () => page.goto(`${server.url}/meshes/gateway-api`)
  const run = async (action: string, version?: string) => {
    await open()
    await page.getByRole('button', { name: `${action} the Gateway API` }).click()
    const dialog = page.getByRole('dialog')
    if (version !== undefined) await dialog.getByLabel('Version').selectOption(version)
    await expect(dialog.getByLabel('Namespace')).toHaveCount(0)
    expect(await makePlan(page)).toBe('ready')
    await confirmAndStart(page, await confirmationsAsked(page))
    expect(await waitForOutcome(page)).toBe('Succeeded')
  }

  await run('Install', '1.2.1')
  await open()
  await expect(page.getByRole('table', { name: /Definitions in/ })).toContainText('httproutes.gateway.networking.k8s.io')
  await expect(page.getByText('Not a mesh', { exact: true })).toBeVisible()
  await run('Upgrade', '1.6.1')
  await makeGatewayClass(server)
  await run('Uninstall')

  const kept = page.getByRole('region', { name: 'Kept for you' })
  await expectAccessible(page)
  const [download] = await Promise.all([page.waitForEvent('download'), kept.getByRole('button', { name: /^Download/ }).click()])
  expect(await readFile(await download.path(), 'utf8')).toContain('kind: GatewayClass')
  expect(complaints).toEqual([])
})

async function makeGatewayClass(server: RunningServer): Promise<void> {
  const [cluster] = (await server.get<{ items: Cluster[] }>('/api/v1/clusters')).items
  const manifests =
    'apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: nobody}\nspec: {controllerName: example.com/nobody}'
  const request = { cluster: cluster?.id, mesh: 'kubernetes', action: 'apply-manifests', params: { manifests }, confirm: true }
  const { id } = await server.post<Operation>('/api/v1/operations', request)
  await waitFor(
    () => server.get<Operation>(`/api/v1/operations/${id}`),
    ({ state }) => state === 'succeeded',
  )
}
