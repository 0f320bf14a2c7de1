import { Agent } from 'undici'
import { afterAll, beforeAll, describe } from 'vitest'
import { apiContract } from '../cluster/contract/api-contract.js'
import { contractClient } from '../cluster/contract/contract-client.js'
import { type RunningSandbox, startSandbox } from './sandbox-under-test.js'

describe('the contract on a simulated cluster', () => {
  let sandbox: RunningSandbox
  const dispatcher = new Agent()
  beforeAll(async () => {
    sandbox = await startSandbox('empty')
  })
  afterAll(async () => {
    await dispatcher.close()
    await sandbox?.stop()
  })

  const api = () =>
    contractClient({ url: sandbox.url, dispatcher, headers: { authorization: `Bearer ${sandbox.token}` }, anonymous: dispatcher })
  apiContract(api, { anonymousStatus: 401 })
})
