import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { startServer } from '../support/running-server.js'
import { collectComplaints, expectAccessibleInBothThemes, keepPicture } from './accessible.js'
import { addSimulated, confirmAndStart, openSettled, planInstall, signIn, waitForOutcome } from './pages.js'

const cluster = 'playground (simulated)'

test('what is said of a version, the values of a release, and a plan as a file', async ({ page }) => {
  const complaints = collectComplaints(page)
  await using server = await startServer({ environment: { PATH: '/nowhere', MESHWRIGHT_OFFLINE: '1' } })
  await signIn(page, server)
  await addSimulated(page, 'empty')
  const dialog = page.getByRole('dialog')
  const look = (name: string) => expectAccessibleInBothThemes(page, { name: `plan-export/${name}`, window: true })

  await test.step('the chosen version says what the server says of it', async () => {
    await page.goto(new URL('/meshes/istio?start=install', page.url()).href)
    await dialog.getByRole('combobox', { name: 'Version' }).selectOption('1.29.6')
    await expect(dialog.getByRole('list', { name: 'About 1.29.6' })).toContainText('It gets no security fixes since 2026-10-15.')
    await look('version')
  })

  await test.step('a new release shows its values', async () => {
    expect(await planInstall(page, { mesh: 'istio', cluster, version: '1.30.3', values: { istiod: 'pilot:\n  traceSampling: 1\n' } })).toBe(
      'ready',
    )
    await dialog.getByText('Release istiod: chart istiod 1.30.3, new values').click()
    await expect(dialog.getByLabel('Values of istiod')).toContainText('traceSampling: 1')
    await confirmAndStart(page)
    expect(await waitForOutcome(page)).toBe('Succeeded')
  })

  await test.step('one that is there shows what changes of them', async () => {
    expect(await planInstall(page, { mesh: 'istio', cluster, version: '1.30.3', values: { istiod: 'pilot:\n  traceSampling: 5\n' } })).toBe(
      'ready',
    )
    await expect(dialog.getByText('chart base 1.30.3, values stay as they are')).toBeVisible()
    await dialog.getByText('Release istiod: chart istiod 1.30.3, values change').click()
    await expect(dialog.getByLabel('What changes in the values of istiod')).toContainText('-  traceSampling: 1')
    await look('plan')
  })

  await test.step('it is handed on as a file', async () => {
    const downloading = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Flux' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe('istio-install-1.30.3-flux.yaml')
    expect(await readFile(await download.path(), 'utf8')).toContain('kind: HelmRelease')
    await dialog.getByRole('button', { name: 'Helm script' }).scrollIntoViewIfNeeded()
    await look('export')
  })

  await test.step('the versions of the mesh are marked for the only cluster', async () => {
    await page.goto(new URL('/meshes/istio?tab=versions', page.url()).href)
    await expect(page.getByRole('row', { name: /1\.30\.3/ })).toContainText('Installed')
    await expect(page.getByRole('row', { name: /1\.29\.6/ })).toContainText('Older than installed')
    await look('versions')
  })
  expect(complaints).toEqual([])
})

test('newer versions are looked for by a click: found ones are marked, and a list that is none is said', async ({ page }) => {
  const mirror = await mkdtemp(join(tmpdir(), 'mw-mirror-'))
  const entry = (chart: string) => ({ name: chart, version: '1.30.4', digest: 'd'.repeat(64), urls: [`${chart}-1.30.4.tgz`] })
  const entries = Object.fromEntries(['base', 'istiod'].map((chart) => [chart, [entry(chart)]]))
  const index = join(mirror, 'index.yaml')
  await writeFile(index, JSON.stringify({ apiVersion: 'v1', entries }))
  await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1', MESHWRIGHT_CHART_MIRROR: mirror } })
  await signIn(page, server)
  await openSettled(page, `${server.url}/meshes/istio?tab=versions`)
  await page.getByRole('button', { name: 'Look for newer versions' }).click()
  await expect(page.getByRole('row', { name: /1\.30\.4/ })).toContainText('Newer than Meshwright')
  await expectAccessibleInBothThemes(page, { name: 'plan-export/newer-versions', window: true })
  await writeFile(index, '<html>sign in</html>')
  await page.getByRole('button', { name: 'Look for newer versions' }).click()
  await expect(page.getByText('The list of charts of the chart mirror cannot be understood.').first()).toBeVisible()
  await keepPicture(page, { name: 'plan-export/no-list', window: true })
  await rm(mirror, { recursive: true })
})
