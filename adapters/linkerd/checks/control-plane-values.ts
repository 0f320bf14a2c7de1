import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { CheckScene } from '../../runtime/checks/check.js'

const Values = z.looseObject({
  clusterNetworks: z.string().default(''),
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
  const values = Values.safeParse(parseDocument(data.values ?? '').toJS())
  return values.success ? values.data : undefined
}
