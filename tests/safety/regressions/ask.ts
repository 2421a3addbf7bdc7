/** Requests to a fixture's service, as browsers and programs send them. */
import { ENDPOINTS, type EndpointId } from '../../../schemas/endpoints.ts'
import type { Endpoint } from '../../../schemas/endpoints/endpoint.ts'
import type { Fixture } from './fixture.ts'

const HOST = 'synapse.in-process'
const ORIGIN = `http://${HOST}`

/** The table of endpoints as rows. */
export const ENDPOINT_ROWS = Object.entries(ENDPOINTS) as [EndpointId, Endpoint][]

/** Asks with the right host and the owner's token, unless `init` says otherwise. */
export async function ask(
  fixture: Fixture,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers({
    host: HOST,
    authorization: `Bearer ${fixture.synapse.auth.ownerToken}`,
  })
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
  return fixture.synapse.app.request(`${ORIGIN}${path}`, { ...init, headers })
}

/** Posts a body as JSON, unless the headers say otherwise. */
export function post(
  fixture: Fixture,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return ask(fixture, path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** Returns the header by which a paired browser comes in. */
export async function asPaired({ synapse }: Fixture): Promise<{ authorization: string }> {
  const { auth } = synapse
  const started = auth.startPairing({
    label: 'desk',
    userAgent: 'x',
    via: 'direct',
    origin: null,
  } as never)
  auth.decidePairing(started.code, true)
  const { token } = await auth.pollPairing(started.id, started.secret)
  return { authorization: `Bearer ${token ?? ''}` }
}
