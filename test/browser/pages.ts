import { expect, type Locator, type Page } from '@playwright/test'
import { SessionCode } from '../../contract/session.js'

// The page as a user works with it. Tests speak of clusters, plans and outcomes; where those stand on the screen is known here only.
// What takes long is awaited with appears: Playwright's own waits look every half second in the end, and would be measured too.

/** Where a page server is reached, and with what a new one-time code is got. */
export interface PageServer {
  url: string
  token: string
}

export interface InstallRequest {
  mesh: string
  cluster: string
  version?: string
  namespace?: string
  /** Optional components to install too, such as gateway, with the namespace of each where it is not the default. */
  optional?: { component: string; namespace?: string }[]
  /** Helm values per component, as YAML. */
  values?: Record<string, string>
}

export type Outcome = 'Succeeded' | 'Failed' | 'Cancelled' | 'Interrupted'

/** Waits until it is visible, and says so within 50 ms. */
export async function appears(what: Locator, deadlineMs = 30_000): Promise<void> {
  await expect.poll(() => what.isVisible(), { message: `${what} is visible`, intervals: [50], timeout: deadlineMs }).toBe(true)
}

/** Opens the page with a fresh one-time code and waits until it is in. */
export async function signIn(page: Page, server: PageServer): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/session/codes`, { method: 'POST', headers: { authorization: `Bearer ${server.token}` } })
  const { code } = SessionCode.parse(await answer.json())
  await page.goto(`${server.url}/#code=${code}`)
  await expect(page.locator('nav[aria-label="Main"]')).toBeAttached()
}

/** Goes to a page by the navigation, which on small screens hides behind a button. */
export async function openPage(
  page: Page,
  name: 'Dashboard' | 'Clusters' | 'Meshes' | 'Operations' | 'Certificates' | 'Events',
): Promise<void> {
  const menu = page.getByRole('button', { name: 'Open the menu' })
  if (await menu.isVisible()) await menu.click()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()
}

export async function openDashboard(page: Page): Promise<void> {
  await openPage(page, 'Dashboard')
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible()
}

/** Connects a context of this machine's kubeconfig and waits until its state is known. */
export async function connectContext(page: Page, context: string): Promise<void> {
  await page.goto(new URL('/clusters?add=context', page.url()).href)
  await page.getByRole('button', { name: `Connect ${context}` }).click()
  await expect(clusterCard(page, context)).toBeVisible()
  await expect(clusterCard(page, context).getByText('Connecting', { exact: true })).toHaveCount(0)
}

/** Connects a cluster by pasting a kubeconfig; what the server says of it is left to the caller. */
export async function pasteKubeconfig(page: Page, { name, kubeconfig }: { name: string; kubeconfig: string }): Promise<void> {
  await page.goto(new URL('/clusters?add=upload', page.url()).href)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
  await dialog.getByLabel('Kubeconfig', { exact: true }).fill(kubeconfig)
  await dialog.getByRole('button', { name: 'Connect' }).click()
}

/** Explores with a simulated cluster of this scene, from the welcome page, and waits for its dashboard. */
export async function addSimulated(page: Page, scene: string): Promise<void> {
  await page.goto(new URL('/welcome', page.url()).href)
  await page.locator(`[data-scene="${scene}"]`).click()
  await page.getByRole('button', { name: 'Explore with a simulated cluster' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible()
}

/** Begins a simulated cluster anew with this scene, on the clusters page. */
export async function resetSimulated(page: Page, name: string, scene: string): Promise<void> {
  await openPage(page, 'Clusters')
  await page.getByRole('button', { name: `Scene and reset of ${name}` }).click()
  await page.getByRole('dialog').locator(`[data-scene="${scene}"]`).click()
  await page.getByRole('button', { name: 'Reset the simulated cluster' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** The label under the header that stands on every page while something simulated is in view. */
export function simulatedStrip(page: Page) {
  return page.getByRole('complementary', { name: 'Simulated cluster' })
}

/** Opens an address and waits until its heading stands and nothing is on its way any more. */
export async function openSettled(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await expect(page.locator('h1, [role="dialog"], main [role="alert"]').first()).toBeVisible()
  // The page stands before the dialog that its address asks for: that is loaded when it is needed.
  if (/[?&](start|add)=/.test(address)) await expect(page.getByRole('dialog')).toBeVisible()
  await expect(page.locator('[data-state="loading"]')).toHaveCount(0)
}

/** The card of a cluster on the clusters page. */
export function clusterCard(page: Page, name: string) {
  return page.locator(`[data-cluster="${name}"]`)
}

/** Runs the four checks of a cluster; answers the result of each. */
export async function checkCluster(page: Page, name: string): Promise<Record<string, string>> {
  await clusterCard(page, name)
    .getByRole('button', { name: `Check ${name}` })
    .click()
  const checks = clusterCard(page, name).locator('[data-check]')
  await appears(checks.nth(3))
  const results = await checks.evaluateAll((rows) =>
    rows.map((row) => [row.getAttribute('data-check') ?? '', row.getAttribute('data-result') ?? '']),
  )
  return Object.fromEntries(results)
}

/** Fills the install dialog and waits for the plan; answers its state. */
export async function planInstall(page: Page, request: InstallRequest): Promise<PlanState> {
  await page.goto(new URL(`/meshes/${request.mesh}?start=install`, page.url()).href)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Cluster' }).selectOption({ label: request.cluster })
  if (request.version !== undefined) await dialog.getByRole('combobox', { name: 'Version' }).selectOption(request.version)
  if (request.namespace !== undefined) await dialog.getByRole('textbox', { name: 'Namespace', exact: true }).fill(request.namespace)
  for (const { component, namespace } of request.optional ?? []) {
    await dialog.getByLabel(`Install ${component}`).check()
    if (namespace === undefined) continue
    await openComponent(page, component)
    await dialog.getByLabel(`Namespace of ${component}`).fill(namespace)
  }
  for (const [component, yaml] of Object.entries(request.values ?? {})) {
    await openComponent(page, component)
    await dialog.getByLabel(`Values of ${component}`).fill(yaml)
  }
  return makePlan(page)
}

/** Opens the uninstall dialog of the installation in a cluster and waits for the plan; answers its state. */
export async function planUninstall(
  page: Page,
  { mesh, cluster, definitions }: { mesh: string; cluster: string; definitions?: 'keep' | 'remove' },
): Promise<PlanState> {
  await page.goto(new URL(`/meshes/${mesh}?start=uninstall`, page.url()).href)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Cluster' }).selectOption({ label: cluster })
  if (definitions !== undefined) await dialog.getByRole('combobox', { name: 'Definitions that the charts keep' }).selectOption(definitions)
  return makePlan(page)
}

/** The codes of what must be confirmed before the plan on the screen can start. */
export async function confirmationsAsked(page: Page): Promise<string[]> {
  return page.locator('[data-confirmation]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-confirmation') ?? ''))
}

/** Ticks the given confirmations and starts the plan on the screen; answers the id of the operation. */
export async function confirmAndStart(page: Page, confirm: string[] = []): Promise<string> {
  for (const code of confirm) await page.locator(`[data-confirmation="${code}"]`).getByRole('checkbox').check()
  await expect(startButton(page)).toBeEnabled()
  await startButton(page).click()
  await page.waitForURL(/\/operations\/[0-9a-f-]{36}/)
  return /\/operations\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
}

/** The button that starts the plan on the screen; disabled while something is missing. */
export function startButton(page: Page) {
  return page.getByRole('dialog').getByRole('button', { name: /^Start: / })
}

/** Waits on the operation page until nothing more happens by itself; answers how it ended. */
export async function waitForOutcome(page: Page, deadlineMs = 600_000): Promise<Outcome> {
  const mark = page.locator('main header').getByText(/^(Succeeded|Failed|Cancelled|Interrupted)$/)
  await appears(mark, deadlineMs)
  const words: Outcome[] = ['Succeeded', 'Failed', 'Cancelled', 'Interrupted']
  const text = await mark.textContent()
  const outcome = words.find((word) => word === text)
  if (outcome === undefined) throw new Error(`The operation page says "${text}"`)
  return outcome
}

/** The steps on the operation page with their states, in order. */
export async function stepStates(page: Page): Promise<[step: string, state: string][]> {
  const steps = page.getByRole('list', { name: 'Steps', exact: true }).locator('[data-step]')
  return steps.evaluateAll((rows) => rows.map((row) => [row.getAttribute('data-step') ?? '', row.getAttribute('data-state') ?? '']))
}

export type PlanState = 'ready' | 'refused' | 'failed'

/** Asks for the plan of the form on the screen and waits for it; answers its state. */
export async function makePlan(page: Page): Promise<PlanState> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Make a plan' }).click()
  const plan = dialog.locator('[data-plan-state]:not([data-plan-state="planning"])')
  await appears(plan, 300_000)
  const states: PlanState[] = ['ready', 'refused', 'failed']
  const said = await plan.getAttribute('data-plan-state')
  const state = states.find((each) => each === said)
  if (state === undefined) throw new Error(`The plan is "${said}"`)
  return state
}

async function openComponent(page: Page, component: string): Promise<void> {
  const details = page.locator(`[data-component="${component}"] details`)
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
}
