import { Agent } from 'undici'
import { afterAll, beforeAll } from 'vitest'
import { startApiCluster } from '../api-cluster.js'
import { clusterTest } from '../cluster-test.js'
import type { TestCluster } from '../test-cluster.js'
import { apiContract } from './api-contract.js'
import { contractClient } from './contract-client.js'

const describe = clusterTest('api', import.meta.url)

describe('the contract on the real API server', () => {
  let cluster: TestCluster
  let dispatcher: Agent
  let anonymous: Agent
  beforeAll(async () => {
    cluster = await startApiCluster()
    const { user } = JSON.parse(cluster.kubeconfigText).users[0]
    const pem = (key: string) => Buffer.from(user[`${key}-data`], 'base64').toString()
    dispatcher = new Agent({ connect: { ca: cluster.ca, cert: pem('client-certificate'), key: pem('client-key') } })
    anonymous = new Agent({ connect: { ca: cluster.ca } })
  }, 60_000)
  afterAll(async () => {
    await dispatcher?.close()
    await anonymous?.close()
    await cluster?.stop()
  })

  apiContract(() => contractClient({ url: cluster.url, dispatcher, headers: {}, anonymous }), { anonymousStatus: 403 })
})
