import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium, expect, type Page } from '@playwright/test'
import { appears, checkCluster, confirmAndStart, confirmationsAsked, openDashboard, openPage, waitForOutcome } from '../browser/pages.js'
import { findChromium } from '../support/missing-tool.js'
import { timed } from './figures.js'

export interface SimulatedSamples {
  /** From `npm start` on a built tree to the address of the page. */
  readonly readyMs: number[]
  /** From `npm start` to what one can click in a browser that runs already. */
  readonly firstScreenMs: number[]
  /** From the click on "Explore" over check, plan, installation, control plane and uninstallation to the empty dashboard. */
  readonly wholeFlowMs: number[]
}

/** Runs what somebody does who only wants to look, on a built tree without kubeconfig, helm or internet. */
export async function measureSimulated(rounds: number): Promise<SimulatedSamples> {
  const samples: SimulatedSamples = { readyMs: [], firstScreenMs: [], wholeFlowMs: [] }
  const executablePath = findChromium()
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox', '--disable-gpu'] })
  try {
    for (let round = 0; round < rounds; round++) {
      // Without a GPU, moving marks are drawn by the cores that are measured.
      const page = await browser.newPage({ reducedMotion: 'reduce' })
      await lookOnce(page, samples)
      await page.close()
    }
  } finally {
    await browser.close()
  }
  return samples
}

async function lookOnce(page: Page, { readyMs, firstScreenMs, wholeFlowMs }: SimulatedSamples): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'meshwright-bench-'))
  const from = performance.now()
  const server = spawn('npm', ['start', '--silent', '--', '--json', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: home, MESHWRIGHT_HELM: '/nowhere', MESHWRIGHT_OFFLINE: '1', MESHWRIGHT_LOG_LEVEL: 'warn' },
  })
  try {
    const [line] = await once(createInterface({ input: server.stdout }), 'line')
    readyMs.push(performance.now() - from)
    const { url, code } = JSON.parse(line)
    await page.goto(`${url}/#code=${code}`)
    const explore = page.getByRole('button', { name: 'Explore with a simulated cluster' })
    await expect(explore).toBeEnabled()
    firstScreenMs.push(performance.now() - from)
    wholeFlowMs.push(await timed(async () => walkThrough(page, () => explore.click())))
  } finally {
    const gone = once(server, 'exit')
    process.kill(await serverPid(home), 'SIGTERM')
    await gone
    await rm(home, { recursive: true })
  }
}

// By clicks alone, as somebody would: the helpers of the tests open dialogs by their address, which loads the page anew.
async function walkThrough(page: Page, explore: () => Promise<void>): Promise<void> {
  await explore()
  await appears(page.getByRole('heading', { level: 1, name: 'Dashboard' }))
  await openPage(page, 'Clusters')
  await checkCluster(page, 'playground')
  await openMesh(page)
  await page.getByRole('button', { name: 'Install Istio' }).click()
  const gateway = page.getByRole('dialog').getByLabel('Install gateway')
  await appears(gateway)
  await gateway.check()
  await planAndRun(page)
  await openDashboard(page)
  await appears(page.getByRole('table').getByText('Ready 1/1').first())
  await openMesh(page)
  await page.getByRole('button', { name: 'Uninstall Istio' }).click()
  await planAndRun(page)
  await openDashboard(page)
  await appears(page.getByText('No mesh was found in your clusters'))
}

async function openMesh(page: Page): Promise<void> {
  await openPage(page, 'Meshes')
  await page.getByRole('main').getByRole('link', { name: 'Istio' }).first().click()
}

async function planAndRun(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Make a plan' }).click()
  await appears(dialog.locator('[data-plan-state="ready"]'))
  await confirmAndStart(page, await confirmationsAsked(page))
  expect(await waitForOutcome(page)).toBe('Succeeded')
}

// npm hands signals on only when it runs at a terminal.
async function serverPid(home: string): Promise<number> {
  return JSON.parse(await readFile(join(home, '.meshwright', 'server.json'), 'utf8')).pid
}
