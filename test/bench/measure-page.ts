import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from '@playwright/test'
import { findChromium } from '../support/missing-tool.js'
import { startServer } from '../support/running-server.js'

const kubeconfig = `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: c}}],
clusters: [{name: c, cluster: {server: "https://127.0.0.1:9"}}], users: [{name: c, user: {token: t}}]}`

/** From the call that adds a cluster by REST to its name in the list of an open page, in milliseconds. */
export async function measurePage(rounds: number): Promise<number[]> {
  await using server = await startServer({ environment: { MESHWRIGHT_LOG_LEVEL: 'warn' } })
  const executablePath = findChromium()
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage({ bypassCSP: true })
    await page.goto(`${server.url}/#code=${server.code}`)
    await server.post('/api/v1/clusters', { name: 'first', kubeconfig })
    await page.goto(`${server.url}/clusters`)
    const list = page.getByRole('main')
    await list.getByText('first').first().waitFor()
    const samples: number[] = []
    for (let round = 0; round < rounds; round++) {
      // News of the last round may still be on its way, and the page takes a storm four times a second.
      await sleep(1000)
      const name = `row-${round}-end`
      // A locator would look again only after 20, 50, 100 … ms; this looks at each frame that the browser draws.
      const seen = page.waitForFunction(`document.querySelector('main').innerText.includes('${name}')`, undefined, { polling: 'raf' })
      const from = performance.now()
      await server.post('/api/v1/clusters', { name, kubeconfig })
      await seen
      samples.push(performance.now() - from)
    }
    return samples
  } finally {
    await browser.close()
  }
}
