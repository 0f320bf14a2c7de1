import { defineConfig, devices } from '@playwright/test'
import { findChromium, isMissing } from './test/support/missing-tool.js'

// The page in a real Chromium, the distribution's own: Playwright's download of one is never used.
const executablePath = findChromium()
const quietFlags = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export default defineConfig({
  testDir: 'test/browser',
  testMatch: '**/*.spec.ts',
  testIgnore: isMissing('chromium') ? '**' : [],
  outputDir: 'test-results/browser',
  workers: 2,
  timeout: 600_000,
  expect: { timeout: 30_000 },
  forbidOnly: process.env.CI === 'true',
  reporter: [['list'], ['json', { outputFile: 'test-results/browser.json' }]],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    // Root in a container has no user namespaces for Chromium's sandbox.
    launchOptions: { ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox', '--disable-gpu', ...quietFlags] },
  },
})
