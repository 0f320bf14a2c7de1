import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { collectComplaints, expectAccessibleInBothThemes, expectNoSidewaysScroll } from './accessible.js'
import { nobody, startPageServer } from './page-server.js'
import { checkCluster, connectContext, openSettled, signIn } from './pages.js'

const addresses = [
  '/welcome',
  '/',
  '/clusters',
  '/clusters?add=context',
  '/clusters?add=upload',
  '/clusters?add=simulated',
  '/meshes',
  '/meshes/istio',
  '/meshes/istio?tab=health',
  '/meshes/istio?tab=versions',
  '/meshes/istio?tab=namespaces',
  '/meshes/istio?tab=operations',
  '/meshes/istio?start=install',
  '/meshes/kubernetes?start=apply-manifests',
  '/operations',
  '/operations?state=failed',
  '/operations/0190f1a0-0000-7000-8000-000000000000',
  '/certificates',
  '/events',
  '/nowhere-at-all',
]

const budgetKilobytes = 190

test('every page is accessible in both themes', async ({ page }) => {
  await using server = await startPageServer({ nowhere: nobody })
  await page.goto(server.url)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await signIn(page, server)
  await connectContext(page, 'nowhere')
  await checkCluster(page, 'nowhere')
  await expectAccessibleInBothThemes(page)
  for (const address of addresses) {
    await openSettled(page, server.url + address)
    await test.step(address, () => expectAccessibleInBothThemes(page))
  }
})

test('on a phone nothing scrolls sideways', async ({ browser }) => {
  await using server = await startPageServer({ nowhere: nobody })
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  await signIn(page, server)
  await connectContext(page, 'nowhere')
  for (const address of addresses) {
    await openSettled(page, server.url + address)
    await test.step(address, () => expectNoSidewaysScroll(page))
  }
  await context.close()
})

test('the theme follows the choice, without a flash of the other', async ({ page }) => {
  await using server = await startPageServer({})
  await page.emulateMedia({ colorScheme: 'light' })
  await signIn(page, server)
  await page.getByRole('button', { name: /^Theme: as the system/ }).click()
  await page.getByRole('button', { name: /^Theme: light/ }).click()
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await page.goto(server.url, { waitUntil: 'commit' })
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
})

test('the first page stays within its budget of bytes, and the browser has nothing to complain about', async ({ page }) => {
  await using server = await startPageServer({ nowhere: nobody })
  const complaints = collectComplaints(page)
  const assets: Promise<{ path: string; bytes: number }>[] = []
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname
    if (!path.startsWith('/api/')) assets.push(response.body().then((body) => ({ path, bytes: gzipSync(body).length })))
  })
  await page.goto(`${server.url}/#code=${server.code}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome to Meshwright' })).toBeVisible()
  await expect(page.locator('[data-live]')).toHaveAttribute('data-live', 'live')
  const loaded = await Promise.all(assets)
  const sum = (ending: string) => loaded.filter(({ path }) => path.endsWith(ending)).reduce((total, { bytes }) => total + bytes, 0)
  process.stdout.write(
    `first load, gzip: ${kilobytes(sum('.js'))} kB JS, ${kilobytes(sum('.css'))} kB CSS, ${kilobytes(sum(''))} kB in all, ${loaded.length} requests\n`,
  )
  expect(kilobytes(sum('.js'))).toBeLessThanOrEqual(budgetKilobytes)
  expect(complaints).toEqual([])
})

function kilobytes(bytes: number): number {
  return Math.round(bytes / 100) / 10
}
