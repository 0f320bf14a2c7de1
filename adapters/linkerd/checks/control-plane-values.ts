import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { CheckScene } from '../../runtime/checks/check.js'
import { notLookedAt } from '../../runtime/checks/not-looked-at.js'

const Values = z.looseObject({
  /** As the chart has it by itself. */
  clusterNetworks: z.string().default('10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8'),
  cniEnabled: z.boolean().default(false),
  /** What values-ha.yaml sets, by which `linkerd check` tells high availability. */
  enablePodAntiAffinity: z.boolean().default(false),
  proxyInit: z.looseObject({ runAsRoot: z.boolean().default(false) }).prefault({}),
})

/** What `linkerd check` reads of the values. */
export type ControlPlaneValues = z.infer<typeof Values>

/** The values that the control plane was installed with, as its chart and its CLI both write them down; undefined where they are not. */
export async function readControlPlaneValues({ session, namespace }: CheckScene): Promise<ControlPlaneValues | undefined> {
  const found = await session.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'linkerd-config' })
  const { data = {} } = (found ?? {}) as { data?: Record<string, string> }
  const document = parseDocument(data.values ?? '')
  const values = Values.safeParse(document.toJS())
  return document.errors.length === 0 && values.success ? values.data : undefined
}

/** That what the values would tell is not known. */
export function withoutValues(what: string): Finding {
  return notLookedAt({
    message: `${what} is not looked at.`,
    cause: 'ConfigMap linkerd-config, into which the chart and the command line of Linkerd write their values, is not there or holds none.',
    remedy: 'Upgrade the control plane, which writes it again.',
  })
}
