import createClient from 'openapi-fetch'
import type { paths } from '../gen/api.js'
import { failureFromAnswer, failureWithoutAnswer } from './request-failure.js'
import { sessionToken, setSession } from './session.js'

/** The REST client: typed by the server's own OpenAPI document, same origin, signed with the session of this tab. */
export const api = createClient<paths>({ baseUrl: location.origin })

api.use({
  onRequest({ request }) {
    const token = sessionToken()
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`)
    return request
  },
  // A refused token is forgotten at once, so that no further call is made with it and the page asks to sign in.
  onResponse({ request, response }) {
    const refused = sessionToken()
    if (response.status === 401 && refused !== undefined && request.headers.get('authorization') === `Bearer ${refused}`)
      setSession(undefined)
  },
  onError({ error }) {
    return failureWithoutAnswer(error)
  },
})

interface Answer<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** The body of a successful answer; everything else is thrown as a RequestFailure. */
export async function bodyOf<Data>(call: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call
  if (response.ok && data !== undefined && data !== null) return data
  throw failureFromAnswer(response.status, error)
}

/** Like bodyOf, for calls whose success has no body. */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await call
  if (!response.ok) throw failureFromAnswer(response.status, error)
}
