import { resolve } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
// What a theme can break: colours, and links that are told from text by nothing else.
const rulesOfColour = ['color-contrast', 'link-in-text-block']

/** No violation of WCAG 2.2 AA on what is on the screen; a failure names each rule and where it is broken. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNoViolation(new AxeBuilder({ page }).withTags(standards))
}

/**
 * As expectAccessible in the light theme, and in the dark one by the rules that a theme can break; the page is light
 * afterwards. With a name a picture of each is kept, `test-results/<name>-light.png`: of the whole page, or of what the window shows.
 */
export async function expectAccessibleInBothThemes(page: Page, picture?: { name: string; window?: boolean }): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await expect(page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`)).toBeAttached()
    await page.evaluate(colourChangesEnded)
    const axe = new AxeBuilder({ page })
    await expectNoViolation(colorScheme === 'light' ? axe.withTags(standards) : axe.withRules(rulesOfColour))
    if (picture !== undefined) await keepPicture(page, { ...picture, name: `${picture.name}-${colorScheme}` })
  }
}

// Some colours change over a tenth of a second; in between they are of both themes. Whatever takes longer is no such change.
const colourChangesEnded = `Promise.race([
  Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined))),
  new Promise((done) => setTimeout(done, 500)),
]).then(() => undefined)`

/** Keeps `test-results/<name>.png`, for a person to look at. */
export async function keepPicture(page: Page, { name, window = false }: { name: string; window?: boolean }): Promise<void> {
  await page.screenshot({ path: resolve('test-results', `${name}.png`), fullPage: !window })
}

async function expectNoViolation(axe: AxeBuilder): Promise<void> {
  const { violations } = await axe.analyze()
  expect(
    violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`,
    ),
  ).toEqual([])
}

/** The page is never wider than its window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
}

/** Collects what a browser complains about: errors of the page, of its console, and breaches of its policy. */
export function collectComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`.trim())
  })
  return complaints
}
