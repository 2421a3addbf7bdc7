import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { LoginResult, Pairing, PairStarted, PairState } from '../../../schemas/store.ts'
import { jsonBody, ORIGIN, problemCode, testApp, type TestApp } from '../../_support/http-app.ts'

/** The app with the handlers of pairing as one line each, the answers checked. */
function pairingApp(t: TestContext): TestApp {
  const tested: TestApp = testApp(
    t,
    {
      'auth.pair': ({ input, caller }) =>
        tested.auth.startPairing({ ...(input.body as { label: string }), ...caller }),
      'auth.pair_state': ({ input }) =>
        tested.auth.pollPairing(
          (input.params as { id: string }).id,
          (input.body as { secret: string }).secret,
        ),
      'auth.pairings': () => {
        const items = tested.auth.pairings()
        return { total: items.length, limit: 50, offset: 0, items }
      },
      'auth.approve': ({ input }) => {
        const { code, approve } = input.body as { code: string; approve: boolean }
        tested.auth.decidePairing(code, approve)
        return { done: true }
      },
      'auth.login': ({ input, caller }) =>
        tested.auth.login((input.body as { code: string }).code, { label: 'page', ...caller }),
      'packs.list': () => ({ total: 0, limit: 50, offset: 0, items: [] }),
    },
    { checkAnswers: true },
  )
  return tested
}

const fromPage = (body: object, more: Readonly<Record<string, string>> = {}) =>
  jsonBody('POST', body, { origin: ORIGIN, ...more })

async function jsonOf(response: Response): Promise<unknown> {
  assert.equal(response.status, 200)
  return response.json()
}

describe('pairing', () => {
  it('gives a browser its own token once a person has approved its code', async (t) => {
    const { send, ask } = pairingApp(t)
    const browser = { 'user-agent': 'Firefox/140' }
    const asked = await send('/api/auth/pair', fromPage({ label: 'desk' }, browser))
    const started = (await jsonOf(asked)) as PairStarted
    const poll = async () => {
      const response = await send(
        `/api/auth/pair/${started.id}`,
        fromPage({ secret: started.secret }),
      )
      return (await jsonOf(response)) as PairState
    }
    assert.deepEqual(await poll(), { state: 'waiting' })

    const waiting = (await jsonOf(await ask('/api/auth/pairings'))) as { items: Pairing[] }
    const [first] = waiting.items
    assert.deepEqual(
      [first?.code, first?.label, first?.user_agent, first?.via, first?.origin],
      [started.code, 'desk', 'Firefox/140', 'direct', ORIGIN],
    )
    await jsonOf(await ask('/api/auth/approve', jsonBody('POST', { code: started.code })))

    const { token, scope } = await poll()
    assert.equal(scope, 'panel')
    const headers = { authorization: `Bearer ${token ?? ''}` }
    assert.equal((await send('/api/packs', { headers })).status, 200)
    assert.equal((await send('/api/auth/pairings', { headers })).status, 403)
    assert.deepEqual(await poll(), { state: 'approved' })
  })

  it('is answered only to the one who began it', async (t) => {
    const { send } = pairingApp(t)
    const started = (await jsonOf(await send('/api/auth/pair', fromPage({})))) as PairStarted
    const response = await send(`/api/auth/pair/${started.id}`, fromPage({ secret: 'guess' }))
    assert.equal(await problemCode(response), 'pairing.not_found')
  })

  it('is asked for as often as one likes; the newest three wait', async (t) => {
    const { send, ask } = pairingApp(t)
    for (let n = 0; n < 9; n += 1) await jsonOf(await send('/api/auth/pair', fromPage({})))
    assert.equal(((await jsonOf(await ask('/api/auth/pairings'))) as { total: number }).total, 3)
  })

  it('through ComfyUI needs the origin of its page, which the owner sees', async (t) => {
    const { send, ask } = pairingApp(t)
    const through = (more: Readonly<Record<string, string>>) =>
      send('/api/auth/pair', jsonBody('POST', {}, { 'x-synapse-via': 'comfyui', ...more }))
    assert.equal(await problemCode(await through({})), 'auth.forbidden')
    await jsonOf(await through({ 'x-synapse-origin': 'http://gpu.lan:8188' }))
    const waiting = (await jsonOf(await ask('/api/auth/pairings'))) as { items: Pairing[] }
    assert.deepEqual(
      waiting.items.map(({ via, origin }) => [via, origin]),
      [['comfyui', 'http://gpu.lan:8188']],
    )
  })
})

describe('the login link', () => {
  it('makes one browser the owner, once', async (t) => {
    const { send, auth } = pairingApp(t)
    const code = auth.newLoginCode()
    const login = (await jsonOf(await send('/api/auth/login', fromPage({ code })))) as LoginResult
    assert.equal(login.scope, 'owner')
    const headers = { authorization: `Bearer ${login.token}` }
    assert.equal((await send('/api/auth/pairings', { headers })).status, 200)
    const again = await send('/api/auth/login', fromPage({ code }))
    assert.equal(await problemCode(again), 'pairing.not_found')
  })
})
