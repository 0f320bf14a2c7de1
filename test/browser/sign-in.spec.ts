import { expect, test } from '@playwright/test'
import { collectComplaints } from './accessible.js'
import { countCallers, startPageServer } from './page-server.js'
import { signIn } from './pages.js'

test('a one-time code signs in, leaves the address at once, and the contexts are listed without dialling one', async ({ page }) => {
  const cluster = await countCallers()
  await using server = await startPageServer({ quiet: cluster.url })
  const complaints = collectComplaints(page)
  // Straight to a page that stays: a redirect would drop the fragment anyway.
  await page.goto(`${server.url}/welcome#code=${server.code}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome to Meshwright' })).toBeVisible()
  expect(new URL(page.url()).hash).toBe('')
  const contexts = page.getByRole('list', { name: 'Contexts found in kubeconfig' })
  await expect(contexts.getByRole('listitem')).toHaveCount(1)
  await expect(contexts).toContainText('quiet')
  await expect(contexts).toContainText(cluster.url)
  expect(cluster.calls()).toBe(0)
  expect(complaints).toEqual([])
  cluster.close()
})

test('a reload stays signed in, and so does a second tab of the same browser', async ({ page, context }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  await page.reload()
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible()
  const second = await context.newPage()
  await second.goto(`${server.url}/meshes`)
  await expect(second.getByRole('heading', { level: 1, name: 'Meshes' })).toBeVisible()
})

test('a code works once: the next browser is told so, and how to get a new one', async ({ page, browser }) => {
  await using server = await startPageServer({})
  await page.goto(`${server.url}/#code=${server.code}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome to Meshwright')
  const other = await browser.newContext()
  const stranger = await other.newPage()
  await stranger.goto(`${server.url}/#code=${server.code}`)
  await expect(stranger.getByText('meshwright open', { exact: true })).toBeVisible()
  await expect(stranger.getByRole('alert')).toContainText('Do this')
  await other.close()
})

test('an address of the start-up line can be pasted where a code is asked for', async ({ page }) => {
  await using server = await startPageServer({})
  await page.goto(server.url)
  await page.getByLabel(/paste the code/).fill(`  ${server.url}/#code=${server.code} `)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome to Meshwright' })).toBeVisible()
})

test('a session that the server no longer knows ends every call and asks to sign in', async ({ page, context }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  await server.kill()
  await using _forgetful = await server.restart({ dataDir: `${server.dataDir}-new` })
  await expect(page.getByText('meshwright open', { exact: true })).toBeVisible()
  const calls: string[] = []
  context.on('request', (request) => calls.push(request.url()))
  await page.waitForTimeout(3000)
  expect(calls).toEqual([])
})
