import { isMap, type Json, type JsonMap } from './json.js'
import { badRequest } from './status-error.js'

/** The one user of a simulated cluster may do everything. */
const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }

const answers: Record<string, JsonMap> = {
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': { allowed: true, reason: 'everything is allowed in a simulated cluster' },
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': {
    resourceRules: [everything],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  },
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': {
    userInfo: { username: 'sandbox-admin', groups: ['system:masters', 'system:authenticated'] },
  },
}

export function isReview(path: string): boolean {
  return Object.hasOwn(answers, path)
}

/** A review with its answer; nothing is stored. */
export function answerReview(path: string, body: Json): JsonMap {
  if (!isMap(body)) throw badRequest('the body of a review must be an object')
  return { ...body, metadata: { creationTimestamp: null }, status: answers[path] ?? {} }
}
