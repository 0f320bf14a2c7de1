import { expect, type Page, test } from '@playwright/test'
import { tokenKubeconfig } from '../support/kubeconfig-text.js'
import { nobody, startPageServer } from './page-server.js'
import { clusterCard, signIn } from './pages.js'

const newCluster = (name: string) => ({ name, kubeconfig: tokenKubeconfig({ url: nobody }) })

function liveMark(page: Page) {
  return page.locator('[data-live]')
}

test('a change by REST appears without a reload', async ({ page }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  await page.goto(`${server.url}/clusters`)
  await expect(liveMark(page)).toHaveAttribute('data-live', 'live')
  await server.post('/api/v1/clusters', newCluster('by-rest'))
  await expect(clusterCard(page, 'by-rest')).toBeVisible()
})

test('a cut stream is shown, and resumes without a gap when the server is back on its port', async ({ page }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  await page.goto(`${server.url}/events`)
  await server.post('/api/v1/clusters', newCluster('before'))
  await expect(page.getByText('before was added.')).toBeVisible()
  await server.kill()
  await expect(liveMark(page)).toHaveAttribute('data-live', 'reconnecting')
  await using back = await server.restart()
  await back.post('/api/v1/clusters', newCluster('meanwhile'))
  await expect(liveMark(page)).toHaveAttribute('data-live', 'live')
  await expect(page.getByText('meanwhile was added.')).toBeVisible()
  await back.post('/api/v1/clusters', newCluster('after'))
  await expect(page.getByText('after was added.')).toBeVisible()
  await expect(async () => {
    const shown = await page.locator('tbody tr td:first-child').allTextContents()
    const { items } = await back.get<{ items: { id: number }[] }>('/api/v1/events?limit=500')
    expect(shown.toReversed()).toEqual(items.map(({ id }) => String(id)))
  }).toPass()
})

test('a browser without SharedWorker reads a stream of its own, and resumes it by the last event', async ({ page }) => {
  await using server = await startPageServer({})
  await page.addInitScript('delete window.SharedWorker')
  const asked: (string | undefined)[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/events/stream')) asked.push(request.headers()['last-event-id'])
  })
  await signIn(page, server)
  await page.goto(`${server.url}/clusters`)
  await expect(liveMark(page)).toHaveAttribute('data-live', 'live')
  await server.post('/api/v1/clusters', newCluster('alone'))
  await expect(clusterCard(page, 'alone')).toBeVisible()
  const before = asked.length
  await server.kill()
  await expect(liveMark(page)).toHaveAttribute('data-live', 'reconnecting')
  await using _back = await server.restart()
  await expect(liveMark(page)).toHaveAttribute('data-live', 'live')
  expect(asked.slice(before).every((id) => Number(id) >= 1)).toBe(true)
})

test('without SharedWorker, a page out of the back-forward cache catches up and is live again', async ({ page }) => {
  await using server = await startPageServer({})
  await page.addInitScript('delete window.SharedWorker')
  await signIn(page, server)
  await page.goto(`${server.url}/clusters`)
  await expect(liveMark(page)).toHaveAttribute('data-live', 'live')
  // Chromium under test keeps no such cache: the page is told what it would be told.
  await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
  await server.post('/api/v1/clusters', newCluster('meanwhile'))
  await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
  await expect(clusterCard(page, 'meanwhile')).toBeVisible()
  await server.post('/api/v1/clusters', newCluster('after'))
  await expect(clusterCard(page, 'after')).toBeVisible()
})

test('eight tabs stay alive on one stream', async ({ page, context }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  const tabs = [page]
  while (tabs.length < 8) tabs.push(await context.newPage())
  for (const tab of tabs) await tab.goto(`${server.url}/clusters`)
  for (const tab of tabs) await expect(liveMark(tab)).toHaveAttribute('data-live', 'live')
  await server.post('/api/v1/clusters', newCluster('for-all'))
  for (const tab of tabs) await expect(clusterCard(tab, 'for-all')).toBeVisible()
})

test('paused, changes wait and are counted; let in, they appear', async ({ page }) => {
  await using server = await startPageServer({})
  await signIn(page, server)
  await page.goto(`${server.url}/clusters`)
  await expect(liveMark(page)).toHaveAttribute('data-live', 'live')
  await liveMark(page).click()
  await server.post('/api/v1/clusters', newCluster('held'))
  await expect(liveMark(page)).toHaveText(/Paused, \d+ new/)
  await expect(clusterCard(page, 'held')).toHaveCount(0)
  await liveMark(page).click()
  await expect(clusterCard(page, 'held')).toBeVisible()
})
