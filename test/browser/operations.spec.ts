import { expect, type Locator, type Page, test } from '@playwright/test'
import { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Adapter } from '../../contract/mesh.js'
import type { Operation } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import { answerAll } from '../../installers/installer-table.js'
import { expectAccessibleInBothThemes, keepPicture } from './accessible.js'
import { nobody, startPageServer } from './page-server.js'
import { connectContext, signIn } from './pages.js'

// What the page makes of installations, plans and operations. The answers are typed by the contract, so they cannot drift
// from the server's; where the page asks for anything else, the real server answers.

const at = '2026-11-23T12:00:00.000Z'
const planId = '019ab000-0000-7000-8000-000000000002'
const operationId = '019ab000-0000-7000-8000-000000000003'

test('a button of an installation opens the dialog on that installation, and asks for no revision where it has none', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  const canary = installation(cluster, 'canary')
  await answer(page, '/installations', { items: [canary, installation(cluster, 'default')] })
  await page.goto(`${server.url}/meshes/istio`)
  await page
    .getByRole('button', { name: /^Uninstall/ })
    .last()
    .click()
  await expect(page.getByRole('combobox', { name: 'Installation' })).toHaveValue('istio/default')
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
  await page.getByRole('button', { name: 'Make a plan' }).click()
  const target = { cluster, mesh: 'istio', action: 'uninstall', namespace: 'istio-system' }
  expect((await asked).postDataJSON()).toEqual({ ...target, installation: 'istio/default' })
  await page.goto(`${server.url}/meshes/istio?start=uninstall&installation=${encodeURIComponent(canary.id)}`)
  await expect(page.getByRole('combobox', { name: 'Installation' })).toHaveValue('istio/canary')
})

test('the adapter starts while the form is still filled in', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  await signInWithCluster(page, server)
  await page.goto(`${server.url}/meshes/istio`)
  const state = async () => (await server.get<{ items: Adapter[] }>('/api/v1/adapters')).items.find(({ mesh }) => mesh === 'istio')?.state
  expect(await state()).toBe('idle')
  await page.getByRole('button', { name: 'Install Istio' }).click()
  await expect.poll(state).toBe('serving')
})

test('on what another tool installed, refused actions cannot be pressed and the card says where it is changed', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  const found = { installer: 'argocd' as const, where: 'the Application istio of Argo CD' }
  const foreign = { ...installation(cluster, 'default'), ...found, managed: false, can: answerAll(found) }
  await answer(page, '/installations', { items: [foreign].map(({ where: _where, ...each }) => each) })
  await page.goto(`${server.url}/meshes/istio`)
  await expect(page.getByRole('button', { name: /^Uninstall/ })).toBeDisabled()
  await expect(page.getByRole('button', { name: /^Upgrade/ })).toBeDisabled()
  await expect(page.getByRole('button', { name: /^Let namespaces join/ })).toBeEnabled()
  await expect(page.getByText(/Uninstalling.*Change it there: the Application istio of Argo CD\./)).toBeVisible()
})

test('namespaces are typed with commas between them, and asked for as a list', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  await answer(page, '/installations', { items: [installation(cluster, 'default')] })
  await page.goto(`${server.url}/meshes/istio?start=join`)
  await page.getByRole('textbox', { name: 'Namespaces' }).fill('shop, pay')
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
  await page.getByRole('button', { name: 'Make a plan' }).click()
  expect((await asked).postDataJSON()).toMatchObject({ action: 'join', params: { namespaces: ['shop', 'pay'] } })
})

test('an upgrade asks for changes of values, component by component, and sends those that were given', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  await answer(page, '/installations', { items: [installation(cluster, 'default')] })
  await page.goto(`${server.url}/meshes/istio?start=upgrade`)
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('group', { name: 'Changed values' })).toBeVisible()
  await expect(dialog.getByRole('checkbox', { name: /^Install / })).toHaveCount(0)
  await fillValues(dialog, 'istiod', 'pilot: [')
  await dialog.getByRole('button', { name: 'Make a plan' }).click()
  await expect(dialog.getByText(/at line 1, column/)).toBeVisible()
  await fillValues(dialog, 'istiod', 'resources:\n  requests: { cpu: 50m }\n')
  await keepPicture(page, { name: 'operations/upgrade-values' })
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
  await dialog.getByRole('button', { name: 'Make a plan' }).click()
  expect((await asked).postDataJSON()).toEqual({
    ...{ cluster, mesh: 'istio', action: 'upgrade', version: '1.30.3', namespace: 'istio-system', installation: 'istio/default' },
    components: { istiod: { values: { resources: { requests: { cpu: '50m' } } } } },
  })
})

test('images may come from a registry of its own, by pull secrets that are there', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  await answer(page, '/installations', { items: [installation(cluster, 'default')] })
  for (const action of ['install', 'upgrade', 'canary']) {
    await page.goto(`${server.url}/meshes/istio?start=${action}`)
    const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
    await page.getByText('Private registry', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Image registry' }).fill('registry.example:5000/mesh')
    await page.getByRole('textbox', { name: 'Image pull secrets' }).fill('ours, theirs')
    await page.getByRole('button', { name: 'Make a plan' }).click()
    const images = { registry: 'registry.example:5000/mesh', pullSecrets: ['ours', 'theirs'] }
    expect((await asked).postDataJSON()).toMatchObject({ action, images })
  }
})

test('an install may have several gateways, and be a revision of its own where the mesh has revisions', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  await signInWithCluster(page, server)
  await page.goto(`${server.url}/meshes/istio?start=install`)
  const dialog = page.getByRole('dialog')
  const name = dialog.getByRole('textbox', { name: 'Name of another gateway' })
  const add = dialog.getByRole('button', { name: 'Add gateway' })
  await name.fill('Eu west')
  await add.click()
  await expect(name).toHaveAccessibleDescription('Lower-case letters, digits and dashes')
  await name.fill('eu')
  await name.press('Enter')
  await name.fill('us')
  await add.click()
  const eu = dialog.locator('[data-component="gateway-eu"]')
  await expect(eu).toContainText('release istio-ingress-eu')
  await eu.locator('summary').click()
  await eu.getByLabel('Namespace of gateway-eu').fill('edge')
  await eu.getByRole('combobox', { name: 'Service type' }).selectOption('ClusterIP')
  await name.fill('eu')
  await add.click()
  await expect(name).toHaveAccessibleDescription('There is one of this name already')
  await dialog.getByRole('button', { name: 'Leave gateway-us out' }).click()
  await dialog.getByRole('textbox', { name: 'Revision' }).fill('blue')
  await expectAccessibleInBothThemes(page, { name: 'operations/several-gateways', window: true })
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
  await dialog.getByRole('button', { name: 'Make a plan' }).click()
  const request = (await asked).postDataJSON()
  expect(request).toMatchObject({ action: 'install', revision: 'blue', components: { gateway: { enabled: false } } })
  expect(request.components['gateway-eu']).toEqual({ enabled: true, namespace: 'edge', values: { service: { type: 'ClusterIP' } } })
  expect(request.components).not.toHaveProperty('gateway-us')
  await page.goto(`${server.url}/meshes/kuma?start=install`)
  await expect(dialog.getByRole('textbox', { name: 'Namespace', exact: true })).toBeVisible()
  await expect(dialog.getByRole('textbox', { name: 'Revision' })).toHaveCount(0)
})

test('an adoption reads the version off the cluster unless one is chosen, and names optional components', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  await answer(page, '/installations', { items: [{ ...installation(cluster, 'default'), managed: false }] })
  const request = async (prepare: () => Promise<unknown>) => {
    await page.goto(`${server.url}/meshes/istio?start=adopt`)
    await prepare()
    const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
    await page.getByRole('button', { name: 'Make a plan' }).click()
    return (await asked).postDataJSON()
  }
  const version = page.getByRole('combobox', { name: 'Version' })
  const off = { cni: { enabled: false }, ztunnel: { enabled: false } }
  const asItIs = await request(() => page.getByRole('checkbox', { name: 'Install gateway' }).check())
  expect(asItIs).toMatchObject({ action: 'adopt', components: { ...off, gateway: { enabled: true }, base: {}, istiod: {} } })
  expect(asItIs).not.toHaveProperty('version')
  expect(await request(() => version.selectOption('1.29.6'))).toMatchObject({
    version: '1.29.6',
    components: { gateway: { enabled: false } },
  })
})

test('a number is asked for as a number, and a text of many lines keeps them', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  await answer(page, '/installations', { items: [{ ...installation(cluster, 'default'), mesh: 'linkerd' }] })
  await page.goto(`${server.url}/meshes/linkerd?start=renew-issuer`)
  await page.getByRole('textbox', { name: 'Trust anchor with its key' }).fill('-----BEGIN\nMIIB\n')
  await page.getByRole('spinbutton', { name: 'Valid for (days)' }).fill('90')
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
  await page.getByRole('button', { name: 'Make a plan' }).click()
  expect((await asked).postDataJSON()).toMatchObject({ action: 'renew-issuer', params: { anchor: '-----BEGIN\nMIIB\n', days: 90 } })
})

test('of an operation exactly that is offered which the server lets be asked', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  const running = operation(cluster)
  const offered = async (shown: Operation) => {
    await answer(page, `/operations/${operationId}`, shown)
    await page.goto(`${server.url}/operations/${operationId}`)
    await expect(page.getByText('1 of 2 done')).toBeVisible()
    return page
      .getByRole('main')
      .getByRole('button', { name: /^(Cancel|Cancelling|Resume|Plan again)$/ })
      .allTextContents()
  }
  expect(await offered({ ...running, can: ['cancel'] })).toEqual(['Cancel'])
  expect(await offered({ ...running, state: 'failed', can: ['retry'], endedAt: at })).toEqual(['Plan again'])
  expect(await offered({ ...running, state: 'succeeded', can: [], endedAt: at })).toEqual([])
  const outcome = { state: 'interrupted', world: 'unknown' } as const
  const interrupted: Operation = { ...running, state: 'interrupted', can: ['resume', 'cancel'], cancelRequested: true, outcome }
  expect(await offered(interrupted)).toEqual(['Cancel', 'Resume'])
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeEnabled()
  await expect(page.locator('dl').filter({ hasText: 'Took' })).toContainText('3.2s')
})

test('"Same by CLI" names the command of the action, and the namespace of a component', async ({ page }) => {
  await using server = await startPageServer({ lab: nobody })
  const cluster = await signInWithCluster(page, server)
  const shown = async (request: Plan['request']) => {
    await answer(page, `/plans/${planId}`, plan(request))
    await page.goto(`${server.url}/meshes/${request.mesh}?start=${request.action}&plan=${planId}`)
    return page
      .getByRole('dialog')
      .getByText(/^meshwright mesh/)
      .textContent()
  }
  const gateway = { enabled: true, namespace: 'edge' }
  expect(await shown({ cluster, mesh: 'istio', action: 'install', version: '1.30.3', components: { gateway } })).toBe(
    'meshwright mesh install istio --cluster lab --version 1.30.3 --with gateway --component-namespace gateway=edge --wait',
  )
  const images = { registry: 'registry.example:5000/mesh', pullSecrets: ['ours', 'theirs'] }
  expect(await shown({ cluster, mesh: 'istio', action: 'install', version: '1.30.3', images })).toBe(
    'meshwright mesh install istio --cluster lab --version 1.30.3 --registry registry.example:5000/mesh --pull-secret ours --pull-secret theirs --wait',
  )
  const params = { manifests: 'kind: A\n---\nkind: B\n', force: true }
  expect(await shown({ cluster, mesh: 'kubernetes', action: 'apply-manifests', params })).toBe(
    'meshwright mesh run kubernetes apply-manifests --cluster lab --param manifests=@manifests.yaml --param force=true --wait',
  )
})

// Answers this one address of the API as the server would.
async function answer(page: Page, path: string, body: Operation | Plan | { items: Installation[] }): Promise<void> {
  await page.route(
    (url) => url.pathname === `/api/v1${path}`,
    (route) => route.fulfill({ json: body }),
  )
}

async function fillValues(dialog: Locator, component: string, yaml: string): Promise<void> {
  const field = dialog.getByRole('textbox', { name: `Changed values of ${component}` })
  if (!(await field.isVisible())) await dialog.locator(`[data-component="${component}"] summary`).click()
  await field.fill(yaml)
}

async function signInWithCluster(page: Page, server: Awaited<ReturnType<typeof startPageServer>>): Promise<string> {
  await signIn(page, server)
  await connectContext(page, 'lab')
  const { items } = await server.get<{ items: unknown[] }>('/api/v1/clusters')
  return Cluster.parse(items[0]).id
}

function installation(cluster: string, revision: string): Installation {
  return {
    ...{ id: `istio/${revision}`, cluster, simulated: false, mesh: 'istio', namespace: 'istio-system', revision, version: '1.30.3' },
    ...{ versionSource: 'image of discovery', confidence: 'high', evidence: [] },
    ...{ installer: 'meshwright', managed: true, can: [], health: 'healthy', components: [], observedAt: at },
    dataPlane: { pods: 0, injected: 0, byVersion: {} },
  }
}

function operation(cluster: string): Operation {
  const request = { cluster, mesh: 'istio', action: 'install', version: '1.30.3' }
  return {
    ...{
      id: operationId,
      simulated: false,
      request,
      state: 'running',
      plan: planId,
      cancelRequested: false,
      can: [],
      createdAt: at,
      startedAt: at,
    },
    steps: [
      { key: 'base', title: 'Install base', component: 'base', state: 'succeeded', startedAt: at, endedAt: '2026-11-23T12:00:03.200Z' },
      { key: 'istiod', title: 'Install istiod', component: 'istiod', state: 'pending' },
    ],
  }
}

function plan(request: Plan['request']): Plan {
  return {
    ...{
      id: planId,
      simulated: false,
      request,
      state: 'ready',
      steps: [],
      findings: [],
      confirmations: [],
      leftovers: [],
      objectCount: 0,
      createdAt: at,
    },
    changes: { create: 0, update: 0, delete: 0, keep: 0 },
  }
}
