/** A browser that a person has paired, asking the app of a test. */
import { createClient, type Client } from '../../schemas/client.ts'
import type { TestSynapse } from './test-synapse.ts'

/** Returns the calls that such a browser makes. */
export async function panelOf({ synapse }: Pick<TestSynapse, 'synapse'>): Promise<Client> {
  const { auth, app } = synapse
  const started = auth.startPairing({
    label: 'Firefox',
    userAgent: 'test',
    via: 'direct',
    origin: null,
  })
  auth.decidePairing(started.code, true)
  const { token } = await auth.pollPairing(started.id, started.secret)
  const host = 'synapse.in-process'
  const fetch = (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    headers.set('host', host)
    return app.request(url, { ...init, headers })
  }
  return createClient({ baseUrl: `http://${host}`, token: () => token ?? null, fetch })
}
