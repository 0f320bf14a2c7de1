import { describe, expect, it } from 'vitest'
import { decodeRichStatus, encodeRichStatus } from '../../grpc-status/rich-status.js'
import { Status } from '../../proto/gen/google/rpc/status.js'

const problem = {
  reason: 'HELM_MISSING',
  title: 'There is no helm.',
  cause: 'Looked in PATH.',
  remedy: 'Install it.',
  docs: 'https://helm.sh/docs/intro/install/',
  metadata: { finding: 'helm' },
}

describe('A problem travels as google.rpc.Status', () => {
  it('comes out as it went in', () => {
    expect(decodeRichStatus(encodeRichStatus(9, problem))).toEqual(problem)
    expect(decodeRichStatus(encodeRichStatus(9, { ...problem, docs: '', metadata: {} }))).toEqual({ ...problem, docs: '', metadata: {} })
  })

  it('carries the standard details that other gRPC clients read', () => {
    const status = Status.decode(encodeRichStatus(9, problem))
    expect(status).toMatchObject({ code: 9, message: problem.title })
    expect(status.details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.Help',
    ])
  })

  it('is not taken from a status that another service made', () => {
    expect(decodeRichStatus(Status.encode({ code: 5, message: 'no', details: [] }).finish())).toBeUndefined()
  })
})
