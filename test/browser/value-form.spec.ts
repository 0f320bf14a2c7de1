import { expect, type Locator, type Page, test } from '@playwright/test'
import { expectAccessibleInBothThemes, expectNoSidewaysScroll } from './accessible.js'
import { nobody, startPageServer } from './page-server.js'
import { connectContext, openSettled, signIn } from './pages.js'

async function openInstall(page: Page, mesh: string) {
  const server = await startPageServer({ lab: nobody })
  await signIn(page, server)
  await connectContext(page, 'lab')
  await openSettled(page, `${server.url}/meshes/${mesh}?start=install`)
  const dialog = page.getByRole('dialog')
  const of = async (component: string) => {
    const part = dialog.locator(`[data-component="${component}"]`)
    await part.locator('summary').click()
    return { part, yaml: part.getByRole('textbox', { name: `Values of ${component}` }) }
  }
  const makePlan = async () => {
    const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/plans'))
    await dialog.getByRole('button', { name: 'Make a plan' }).click()
    return (await asked).postDataJSON()
  }
  return { server, dialog, of, makePlan }
}

const field = (part: Locator, name: string) => part.getByRole('textbox', { name, exact: true })
const choice = (part: Locator, name: string) => part.getByRole('combobox', { name, exact: true })

test('a form for what matters writes into the YAML and reads from it, and nothing else there changes', async ({ page }) => {
  const { server, of, makePlan } = await openInstall(page, 'istio')
  await using _ = server
  const { part, yaml } = await of('istiod')
  await yaml.fill('# ours\npilotExtra: { a: 1 }  # kept\nresources:\n')
  await choice(part, 'Scale by load').selectOption('off')
  await field(part, 'Pods').fill('3')
  await field(part, 'CPU request').fill('100m')
  await field(part, 'Traced requests (percent)').pressSequentially('1.5')
  await choice(part, 'Access log of proxies').selectOption('/dev/stdout')
  await expect(yaml).toHaveValue(
    [
      '# ours\npilotExtra: { a: 1 } # kept\nautoscaleEnabled: false\nreplicaCount: 3',
      'resources:\n  requests:\n    cpu: 100m\ntraceSampling: 1.5\nmeshConfig:\n  accessLogFile: /dev/stdout\n',
    ].join('\n'),
  )
  await yaml.fill('# ours\npilotExtra: { a: 1 }\nreplicaCount: 5\nresources: { requests: { cpu: 100m } }\n')
  await expect(field(part, 'Pods')).toHaveValue('5')
  await expect(choice(part, 'Scale by load')).toHaveValue('')
  await field(part, 'CPU request').fill('')
  await expect(yaml).toHaveValue('# ours\npilotExtra: { a: 1 }\nreplicaCount: 5\n')
  const values = { pilotExtra: { a: 1 }, replicaCount: 5 }
  expect(await makePlan()).toMatchObject({ action: 'install', components: { base: {}, istiod: { values } } })
})

test('a value of the wrong type is told at its field, and no plan is asked for', async ({ page }) => {
  const { server, dialog, of, makePlan } = await openInstall(page, 'istio')
  await using _ = server
  const { part, yaml } = await of('istiod')
  await field(part, 'Pods').fill('many')
  await expect(field(part, 'Pods')).toHaveAccessibleDescription(/replicaCount must be a whole number, and is "many"/)
  await expect(yaml).toHaveValue('replicaCount: many\n')
  await dialog.getByRole('button', { name: 'Make a plan' }).click()
  await expect(yaml).toHaveAccessibleDescription(/replicaCount must be a whole number, and is "many"/)
  await yaml.fill('replicaCount: 0\nautoscaleEnabled: "false"\n')
  await expect(field(part, 'Pods')).toHaveAccessibleDescription(/replicaCount must be at least 1, and is 0/)
  await expect(choice(part, 'Scale by load')).toHaveAccessibleDescription(/must be true or false, without quotes, and is "false"/)
  await yaml.fill('resources: 3\n')
  await expect(field(part, 'CPU request')).toBeDisabled()
  await expect(field(part, 'CPU request')).toHaveAccessibleDescription(/resources holds no mapping in the values below/)
  await yaml.fill('replicaCount: [')
  await expect(field(part, 'Pods')).toBeDisabled()
  await yaml.fill('')
  expect(await makePlan()).toMatchObject({ components: { istiod: {} } })
})

test('high availability is one choice that sets several values, and takes back no others', async ({ page }) => {
  const { server, of } = await openInstall(page, 'linkerd')
  await using _ = server
  const { part, yaml } = await of('control-plane')
  await choice(part, 'High availability').selectOption('on')
  await expect(yaml).toHaveValue(/^highAvailability: true\n(.*\n)*controllerReplicas: 3\n(.*\n)*webhookFailurePolicy: Fail\n/)
  await expect(field(part, 'Pods of each part')).toHaveValue('3')
  await field(part, 'Pods of each part').fill('5')
  await choice(part, 'High availability').selectOption('')
  await expect(yaml).toHaveValue('controllerReplicas: 5\n')
})

test('the form is accessible in both themes, and fits a phone', async ({ page }) => {
  const { server, dialog, of } = await openInstall(page, 'istio')
  await using _ = server
  const { part } = await of('istiod')
  await field(part, 'Pods').fill('many')
  await dialog.getByText('Private registry', { exact: true }).click()
  await expectAccessibleInBothThemes(page, { name: 'operations/value-form', window: true })
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNoSidewaysScroll(page)
})
