import { z } from 'zod'
import type { RequestedObject } from '../../contract/operation.js'
import type { ApiPath } from '../../kube/object-paths.js'
import type { JudgedRequest, KubeVerb } from './judge-request.js'

/** Status of a change whose answer never came: it may have happened. */
export const noAnswer = 0

export interface FinishedRequest {
  request: JudgedRequest
  requestBody: Buffer
  status: number
  answer: Buffer
  auditId: string
  kindOf: (target: ApiPath & { resource: string }) => Promise<string>
}

/** True for what belongs on the list: a real change, not a dry run and not a question about oneself. */
export function changesSomething({ verb, isDryRun, isSelfReview }: JudgedRequest): boolean {
  return isChange(verb) && !isDryRun && !isSelfReview
}

/** One entry of the list. A name that the API server made (generateName) is read from its answer. */
export async function describeChange({
  request,
  requestBody,
  status,
  answer,
  auditId,
  kindOf,
}: FinishedRequest): Promise<RequestedObject | undefined> {
  const { target, verb } = request
  if (!target || !isChange(verb)) return undefined
  const sent = readObject(requestBody)
  const received = readObject(answer)
  const isObject = received.kind !== undefined && received.kind !== 'Status'
  const named = target.name ?? (isObject ? received.metadata?.name : undefined) ?? sent.metadata?.name ?? received.details?.name
  // The answer to a delete may be a Status, that to a sub-resource a Scale; and what a client calls its object proves nothing.
  const isItself = isObject && target.subresource === undefined && verb !== 'delete' && verb !== 'deletecollection'
  const kind = (isItself && received.kind) || (await kindOf(target))
  return {
    at: new Date().toISOString(),
    verb,
    object: {
      apiVersion: target.group ? `${target.group}/${target.version}` : target.version,
      kind,
      namespace: target.namespace ?? '',
      // An object of a collection that was refused before it got a name has only the prefix of one.
      name: named ?? sent.metadata?.generateName ?? '',
    },
    ...(target.subresource === undefined ? {} : { subresource: target.subresource }),
    status,
    auditId,
  }
}

function isChange(verb: KubeVerb): verb is RequestedObject['verb'] {
  return verb !== 'get' && verb !== 'list' && verb !== 'watch'
}

const Described = z.object({
  kind: z.string().optional().catch(undefined),
  metadata: z.object({ name: z.string().optional(), generateName: z.string().optional() }).optional().catch(undefined),
  details: z.object({ name: z.string().optional() }).optional().catch(undefined),
})

// Apply patches may be YAML, which is JSON in all clients that we run; anything else just has no names to give.
const Json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    context.addIssue('no JSON')
    return z.NEVER
  }
})

function readObject(body: Buffer): z.infer<typeof Described> {
  return Json.pipe(Described).safeParse(body.toString('utf8')).data ?? {}
}
