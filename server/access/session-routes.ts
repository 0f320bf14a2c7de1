import { NewSession, Session, SessionCode } from '../../contract/session.js'
import type { HttpServer } from '../http/http-server.js'
import type { Access } from './access.js'

/** `pageUrl` is where the page of this server is reached; the code goes into its fragment, which no server sees. */
export function registerSessions(http: HttpServer, { access, pageUrl }: { access: Access; pageUrl: () => string }): void {
  http.post(
    '/api/v1/session',
    { schema: { tags: ['access'], summary: 'Change a one-time code into a session token', body: NewSession, response: { 201: Session } } },
    async (request, reply) => {
      const { token, expiresAt } = access.openSession(request.body.code)
      return reply.code(201).send({ token, expiresAt: new Date(expiresAt).toISOString() })
    },
  )

  http.post(
    '/api/v1/session/codes',
    { schema: { tags: ['access'], summary: 'Make a one-time code (local token only)', response: { 201: SessionCode } } },
    async (_request, reply) => {
      const { code, expiresAt } = access.newCode()
      return reply.code(201).send({ code, url: `${pageUrl()}/#code=${code}`, expiresAt: new Date(expiresAt).toISOString() })
    },
  )
}
