import { expect, type Page, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { collectComplaints, expectAccessibleInBothThemes, expectNoSidewaysScroll } from './accessible.js'
import {
  addSimulated,
  checkCluster,
  clusterCard,
  confirmAndStart,
  confirmationsAsked,
  openDashboard,
  openPage,
  openSettled,
  planInstall,
  planUninstall,
  resetSimulated,
  signIn,
  simulatedStrip,
  stepStates,
  waitForOutcome,
} from './pages.js'

// The machine of somebody who only looks: a home without kubeconfig, no helm anywhere, no internet.
const bare = { environment: { PATH: '/nowhere', MESHWRIGHT_OFFLINE: '1' } }

test('from nothing to Istio and back on a simulated cluster: explore, check, plan, install, look, uninstall', async ({ page }) => {
  await using server = await startServer(bare)
  const complaints = collectComplaints(page)
  await signIn(page, server)
  await expect(page.getByText('No kubeconfig was found on this machine')).toBeVisible()
  await expect(simulatedStrip(page)).toHaveCount(0)

  await test.step('one click leads to its dashboard, which says what it is', async () => {
    await page.getByRole('button', { name: 'Explore with a simulated cluster' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible()
    await expect(simulatedStrip(page)).toContainText('Nothing here is a measurement of a mesh.')
    await expect(page.getByText('No mesh was found in your clusters')).toBeVisible()
  })

  await test.step('every check of it is ok', async () => {
    await openPage(page, 'Clusters')
    await expect(clusterCard(page, 'playground').getByText('Simulated', { exact: true })).toBeVisible()
    expect(await checkCluster(page, 'playground')).toEqual({ reach: 'ok', auth: 'ok', permissions: 'ok', version: 'ok' })
  })

  await test.step('each version says what it is on the Kubernetes of this cluster', async () => {
    const version = (name: string) =>
      page.getByRole('table', { name: 'Versions that Meshwright knows' }).getByRole('row').filter({ hasText: name })
    await openSettled(page, `${server.url}/meshes/istio`)
    await page.getByRole('tab', { name: 'Versions' }).click()
    await expect(version('1.30.3')).toContainText('Newest patch')
    await expect(version('1.30.3')).not.toContainText('Not tested on this Kubernetes')
    await expect(version('1.29.6')).toContainText('Newest patch')
    await expect(version('1.29.6')).toContainText('Not tested on this Kubernetes')
    await openSettled(page, `${server.url}/meshes/kuma`)
    await page.getByRole('tab', { name: 'Versions' }).click()
    await expect(version('2.14.3')).toContainText('Tests on Kubernetes not stated')
    await expect(version('2.14.3')).toContainText('End of life not known')
  })

  await test.step('a plan and its steps, live, are marked', async () => {
    const request = { mesh: 'istio', cluster: 'playground (simulated)', version: '1.30.3', optional: [{ component: 'gateway' }] }
    expect(await planInstall(page, request)).toBe('ready')
    await expect(page.getByRole('dialog').getByText('Simulated', { exact: true })).toBeVisible()
    await confirmAndStart(page, await confirmationsAsked(page))
    expect(await waitForOutcome(page)).toBe('Succeeded')
    expect(await stepStates(page)).toEqual([
      ['base', 'succeeded'],
      ['istiod', 'succeeded'],
      ['gateway', 'succeeded'],
    ])
    await expect(page.locator('main header').getByText('Simulated', { exact: true })).toBeVisible()
    await expect(simulatedStrip(page)).toBeVisible()
  })

  await test.step('the dashboard shows its control plane', async () => {
    await openDashboard(page)
    const rows = controlPlane(page, 'Istio')
    await expect(rows.filter({ hasText: 'istiod' }).first()).toContainText('1.30.3')
    await expect(rows.filter({ hasText: 'istiod' }).first()).toContainText('Ready 1/1')
  })

  await test.step('it is removed again, and what stays has a name', async () => {
    expect(await planUninstall(page, { mesh: 'istio', cluster: 'playground (simulated)' })).toBe('ready')
    await expect(page.getByRole('table', { name: 'Expected leftovers' })).toContainText('istio.io')
    expect(await planUninstall(page, { mesh: 'istio', cluster: 'playground (simulated)', definitions: 'remove' })).toBe('ready')
    await expect(page.getByRole('table', { name: 'Expected leftovers' })).not.toContainText('istio.io')
    const asked = await confirmationsAsked(page)
    expect(asked).toContain('definitions-lost')
    await confirmAndStart(page, asked)
    expect(await waitForOutcome(page)).toBe('Succeeded')
    await openDashboard(page)
    await expect(page.getByText('No mesh was found in your clusters')).toBeVisible()
  })
  expect(complaints).toEqual([])
})

test('three meshes look like a real dashboard: component and version of each pod, and add-ons', async ({ page }) => {
  await using server = await startServer(bare)
  await signIn(page, server)
  await addSimulated(page, 'three-meshes')
  for (const [mesh, components] of Object.entries(threeMeshes)) {
    for (const [component, version] of components) {
      const row = controlPlane(page, mesh).filter({ hasText: component })
      await test.step(`${mesh}: ${component} ${version}`, async () => {
        await expect(row.first()).toContainText(version)
        await expect(row.first()).toContainText('Ready 1/1')
      })
    }
  }
  const openServiceMesh = controlPlane(page, 'Open Service Mesh')
  await expect(openServiceMesh.filter({ hasText: 'add-on' })).toHaveCount(2)
  await expect(page.getByText('2 × mesh version not told by the image')).toBeVisible()
  await expect(page.getByText('other than the control plane')).toHaveCount(0)
  await expect(page.getByText(/needs? a restart to join/).first()).toBeVisible()
})

test('a mesh that is only found says what Meshwright does for it, and offers no installation', async ({ page }) => {
  await using server = await startServer(bare)
  await signIn(page, server)
  await addSimulated(page, 'three-meshes')
  await openSettled(page, `${server.url}/meshes/osm`)
  await expect(page.getByText('Meshwright finds Open Service Mesh, and does not install it yet')).toBeVisible()
  await expect(controlPlane(page, 'Open Service Mesh').first()).toBeVisible()
  await expect(page.getByRole('button', { name: /^(Install|Uninstall)/ })).toHaveCount(0)
  await test.step('one that it installs shows the versions that it knows, and says what it does not know of them', async () => {
    await openSettled(page, `${server.url}/meshes/consul?tab=versions`)
    await expect(page.getByRole('row').filter({ hasText: '2.0.3' })).toContainText('not known')
  })
})

test('an installation tells by what it was recognised', async ({ page }) => {
  await using server = await startServer(bare)
  await signIn(page, server)
  await addSimulated(page, 'three-meshes')
  await openSettled(page, `${server.url}/meshes/kuma`)
  await page.getByText('How this is known').click()
  await expect(
    page.getByText('Deployment kuma-system/kuma-control-plane has app=kuma-control-plane, a container control-plane.'),
  ).toBeVisible()
  await expect(page.getByText('Version 2.14.3 is from the image of control-plane.')).toBeVisible()
})

test('reset begins anew with another scene; leaving throws it away and takes the label with it', async ({ page }) => {
  await using server = await startServer(bare)
  await signIn(page, server)
  await addSimulated(page, 'three-meshes')
  await expect(controlPlane(page, 'Kuma').first()).toBeVisible()
  await resetSimulated(page, 'playground', 'empty')
  await expect(clusterCard(page, 'playground')).toContainText('An empty cluster')
  await test.step('a reset from elsewhere is seen, too', async () => {
    const { items } = await server.get<{ items: { id: string }[] }>('/api/v1/clusters')
    await server.post(`/api/v1/clusters/${items[0]?.id}/sandbox/reset`, { scene: 'applications' })
    await expect(clusterCard(page, 'playground')).toContainText('Applications, no mesh yet')
  })
  await openDashboard(page)
  await expect(page.getByText('No mesh was found in your clusters')).toBeVisible()
  await openPage(page, 'Clusters')
  await page.getByRole('button', { name: 'Leave playground' }).click()
  await page.getByRole('button', { name: 'Leave and throw it away' }).click()
  await expect(page.getByText('No cluster is connected')).toBeVisible()
  await expect(simulatedStrip(page)).toHaveCount(0)
  await openSettled(page, `${server.url}/events`)
  const removal = page.getByRole('row').filter({ hasText: 'playground was removed.' })
  await expect(removal.getByText('Simulated', { exact: true })).toBeVisible()
})

test('the dialog of the welcome page holds all three ways to a cluster', async ({ page }) => {
  await using server = await startServer(bare)
  await signIn(page, server)
  await openSettled(page, `${server.url}/welcome?add=upload`)
  const dialog = page.getByRole('dialog')
  for (const way of ['Simulated', 'From this machine', 'Paste or upload a kubeconfig']) {
    await dialog.getByRole('tab', { name: way }).click()
    await expect(dialog.getByRole('tab', { name: way })).toHaveAttribute('aria-selected', 'true')
  }
})

test('every screen of a simulated cluster is labelled, and accessible in both themes', async ({ page }) => {
  await using server = await startServer(bare)
  const keep = (name: string) => test.step(name, () => expectAccessibleInBothThemes(page, { name: `simulated/${name}` }))
  await signIn(page, server)
  await expect(page.getByText('No kubeconfig was found on this machine')).toBeVisible()
  await keep('welcome')
  await addSimulated(page, 'three-meshes')
  await expect(controlPlane(page, 'Open Service Mesh').first()).toBeVisible()
  for (const [name, address] of Object.entries(screens)) {
    await openSettled(page, server.url + address)
    await expect(simulatedStrip(page)).toBeVisible()
    await keep(name)
  }
  await page.setViewportSize({ width: 390, height: 844 })
  for (const address of Object.values(screens)) {
    await openSettled(page, server.url + address)
    await test.step(`${address} on a phone`, () => expectNoSidewaysScroll(page))
  }
  await page.goto(server.url)
  await keep('dashboard-phone')
})

const screens = {
  dashboard: '/',
  clusters: '/clusters',
  'clusters-add': '/clusters?add=simulated',
  meshes: '/meshes',
  istio: '/meshes/istio',
  'istio-namespaces': '/meshes/istio?tab=namespaces',
  'istio-install': '/meshes/istio?start=install',
  kuma: '/meshes/kuma',
  osm: '/meshes/osm',
  operations: '/operations',
  events: '/events',
}

// What the real charts of these versions bring, as kubectl would list it.
const threeMeshes: Record<string, [component: string, version: string][]> = {
  Istio: [
    ['istiod', '1.30.3'],
    ['istio-ingress', '1.30.3'],
  ],
  Kuma: [['kuma-control-plane', '2.14.3']],
  'Open Service Mesh': [
    ['osm-controller', '1.2.4'],
    ['osm-injector', '1.2.4'],
    ['osm-bootstrap', '1.2.4'],
    ['prometheus', '2.34.0'],
    ['grafana', '8.2.2'],
  ],
}

// The rows of pods on the card of one mesh.
function controlPlane(page: Page, mesh: string) {
  return page
    .getByRole('region', { name: new RegExp(`^${mesh} on playground`) })
    .getByRole('table')
    .locator('tbody tr')
}
