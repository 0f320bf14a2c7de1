import { expect, test } from '@playwright/test'
import { stringify } from 'yaml'
import { applyEchoApplication } from '../cluster/meshes/echo-application.js'
import { istioImages, istioMarks, istioValues } from '../cluster/meshes/istio-values.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { startNodeCluster } from '../cluster/node-cluster.js'
import { isMissing } from '../support/missing-tool.js'
import { type RunningServer, waitFor } from '../support/running-server.js'
import { keepPicture } from './accessible.js'
import {
  checkCluster,
  clusterCard,
  confirmAndStart,
  confirmationsAsked,
  openDashboard,
  pasteKubeconfig,
  planInstall,
  planUninstall,
  signIn,
  startButton,
  stepStates,
  waitForOutcome,
} from './pages.js'

test.skip(isMissing('node-cluster') || isMissing('shared'), 'needs the test bed and charts')

test('Istio on a real node through the page: connect, check, plan, install, watch, members, uninstall', async ({ page }) => {
  await using node = await startNodeCluster({ images: istioImages })
  await using server = await startMeshServer()
  await signIn(page, server)

  await test.step('connect and check', async () => {
    await pasteKubeconfig(page, { name: 'node', kubeconfig: node.kubeconfigText })
    await expect(clusterCard(page, 'node').getByText('Live', { exact: true })).toBeVisible()
    expect(await checkCluster(page, 'node')).toEqual({ reach: 'ok', auth: 'ok', permissions: 'ok', version: 'ok' })
    await keepPicture(page, { name: 'install-istio/1-cluster' })
  })

  await test.step('plan and install', async () => {
    const values = { istiod: stringify(istioValues.istiod), gateway: stringify(istioValues.gateway) }
    const optional = [{ component: 'gateway' }]
    expect(await planInstall(page, { mesh: 'istio', cluster: 'node', version: '1.30.3', optional, values })).toBe('ready')
    await keepPicture(page, { name: 'install-istio/2-plan' })
    await confirmAndStart(page)
    await expect.poll(async () => (await stepStates(page)).map(([, state]) => state)).toContain('running')
    await keepPicture(page, { name: 'install-istio/3-installing' })
    expect(await waitForOutcome(page)).toBe('Succeeded')
    expect((await stepStates(page)).map(([, state]) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    await keepPicture(page, { name: 'install-istio/4-installed' })
  })

  await test.step('the dashboard shows the pods that kubectl shows', async () => {
    await openDashboard(page)
    const names = await Promise.all(
      ['istio-system', 'istio-ingress'].map((namespace) =>
        node.kubectl(['get', 'pods', `--namespace=${namespace}`, '--output=jsonpath={.items[*].metadata.name}']),
      ),
    )
    const pods = names.flatMap((text) => text.split(' '))
    expect(pods).toHaveLength(2)
    for (const pod of pods) await expect(page.getByRole('row').filter({ hasText: pod })).toContainText('1.30.3')
    await keepPicture(page, { name: 'install-istio/5-dashboard' })
  })

  await test.step('with a member, the uninstall cannot be started until the confirmation that counts it', async () => {
    await applyEchoApplication(node, { namespace: 'shop', marks: istioMarks })
    expect(await planUninstall(page, { mesh: 'istio', cluster: 'node' })).toBe('ready')
    expect(await confirmationsAsked(page)).toContain('members-leave')
    await expect(page.locator('[data-confirmation="members-leave"]')).toContainText('shop')
    await expect(startButton(page)).toBeDisabled()
    await keepPicture(page, { name: 'install-istio/6-members-leave' })
    await page.keyboard.press('Escape')
  })

  await test.step('after it has left, Istio is removed and every leftover has a name', async () => {
    await leaveMesh(server)
    expect(await planUninstall(page, { mesh: 'istio', cluster: 'node' })).toBe('ready')
    const asked = await confirmationsAsked(page)
    expect(asked).not.toContain('members-leave')
    await confirmAndStart(page, asked)
    expect(await waitForOutcome(page)).toBe('Succeeded')
    await keepPicture(page, { name: 'install-istio/7-uninstalled' })
    const left = await node.kubectl(['get', 'crds', '--output=name'])
    expect(left.match(/\.istio\.io/g)).toHaveLength(15)
    await page.getByRole('tab', { name: /changed/i }).click()
    await page.getByText(/^Observed \d+$/).click()
    await expect(page.getByText('istio-ca-root-cert').first()).toBeVisible()
    await keepPicture(page, { name: 'install-istio/8-leftovers' })
  })
})

/** By manifest operations, as a user would script it: no injection, then new pods. */
async function leaveMesh(server: RunningServer): Promise<void> {
  const { items } = await server.get<{ items: { id: string }[] }>('/api/v1/clusters')
  const manifests = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'istio-injection': 'disabled' } },
  })
  const calls = [
    { action: 'apply-manifests', params: { manifests, force: true } },
    { action: 'restart-workloads', params: { namespace: 'shop' } },
  ]
  for (const call of calls) {
    const started = await server.post<{ id: string }>('/api/v1/operations', {
      cluster: items[0]?.id,
      mesh: 'kubernetes',
      ...call,
      confirm: true,
    })
    const ended = await waitFor(
      () => server.get<{ state: string }>(`/api/v1/operations/${started.id}`),
      ({ state }) => ['succeeded', 'failed', 'cancelled', 'interrupted'].includes(state),
    )
    expect(ended.state).toBe('succeeded')
  }
}
