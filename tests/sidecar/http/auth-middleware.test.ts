import assert from 'node:assert/strict'
import fs from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { describe, it, type TestContext } from 'node:test'
import { ENDPOINTS } from '../../../schemas/endpoints.ts'
import {
  HOST,
  jsonBody,
  leastInit,
  ORIGIN,
  pathOf,
  problemCode,
  ROWS,
  testApp,
  type TestApp,
} from '../../_support/http-app.ts'
import { createTestSynapse } from '../../_support/test-synapse.ts'

async function panelToken({ auth }: TestApp, label = 'Firefox'): Promise<string> {
  const started = auth.startPairing({ label, userAgent: 'test', via: 'direct', origin: null })
  auth.decidePairing(started.code, true)
  const { token } = await auth.pollPairing(started.id, started.secret)
  assert.ok(token)
  return token
}

async function refused(t: TestContext, path: string, init: RequestInit, code: string) {
  const tested = testApp(t)
  const response = await tested.ask(path, init)
  assert.equal(await problemCode(response), code)
  assert.deepEqual(tested.calls, [], 'the handler was reached')
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('Host', () => {
  for (const host of [
    'evil.example',
    'evil.example:8377',
    '127.0.0.1',
    '127.0.0.1:8378',
    'localhost.:8377',
    '127.0.0.1:8377.evil.example',
    '0.0.0.0:8377',
    'nas.local:8377',
    'localhost:8377@evil.example',
    '',
  ]) {
    it(`refuses ${host}`, (t) => refused(t, '/api/packs', { headers: { host } }, 'auth.forbidden'))
  }

  it('is checked for pages and open addresses too', async (t) => {
    const { send } = testApp(t)
    for (const path of ['/', '/docs', '/api/health', '/api/openapi.json', '/nothing']) {
      const response = await send(path, { headers: { host: 'evil.example' } })
      assert.equal(await problemCode(response), 'auth.forbidden', path)
    }
  })

  it('takes each of the three names of this machine', async (t) => {
    const { ask } = testApp(t)
    for (const host of [HOST, 'localhost:8377', 'LOCALHOST:8377', '[::1]:8377']) {
      assert.equal((await ask('/api/packs', { headers: { host } })).status, 200, host)
    }
  })
})

describe('a service on every address', () => {
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))
  const names = [hostname().toLowerCase(), ...addresses]

  for (const everywhere of ['0.0.0.0:9000', '[::]:9000', ':::9000']) {
    it(`(${everywhere}) is reached by each address and by the name of this machine`, async (t) => {
      const { ask } = testApp(t, {}, { allowedHosts: () => [everywhere] })
      for (const name of names) {
        const host = `${name}:9000`
        const headers = { host, origin: `http://${host}` }
        assert.equal((await ask('/api/packs', { headers })).status, 200, host)
      }
    })
  }

  it('is reached by no other name, port or origin', async (t) => {
    const { ask } = testApp(t, {}, { allowedHosts: () => ['0.0.0.0:9000'] })
    const own = `${names[0] ?? ''}:9000`
    for (const host of ['evil.example:9000', names[0] ?? '', `${names[0] ?? ''}:9001`]) {
      const response = await ask('/api/packs', { headers: { host } })
      assert.equal(await problemCode(response), 'auth.forbidden', host)
    }
    for (const origin of ['http://evil.example:9000', `https://${own}`]) {
      const response = await ask('/api/packs', { headers: { host: own, origin } })
      assert.equal(await problemCode(response), 'auth.forbidden', origin)
    }
  })

  it('is the only one that goes by these names', async (t) => {
    const { ask } = testApp(t)
    for (const name of names.filter((one) => !/^(?:127\.0\.0\.1|localhost|\[::1\])$/u.test(one))) {
      const response = await ask('/api/packs', { headers: { host: `${name}:8377` } })
      assert.equal(await problemCode(response), 'auth.forbidden', name)
    }
  })
})

describe('Origin', () => {
  for (const origin of [
    'null',
    'http://evil.example',
    'https://127.0.0.1:8377',
    'http://127.0.0.1',
    'http://127.0.0.1:8188',
    'http://127.0.0.1:8377.evil.example',
    '',
  ]) {
    it(`refuses "${origin}", even with the owner's token`, (t) =>
      refused(t, '/api/packs', { headers: { origin } }, 'auth.forbidden'))
  }

  it('may be absent with a token, and for readings of open addresses', async (t) => {
    const { ask, send } = testApp(t)
    assert.equal((await ask('/api/store/init', { method: 'POST' })).status, 200)
    assert.equal((await send('/api/health')).status, 200)
  })

  it('may not be absent where something happens without a token', async (t) => {
    const { send, calls } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      if (endpoint.access !== 'open' || endpoint.method === 'GET') continue
      const without = await send(pathOf(endpoint), leastInit(id, endpoint))
      assert.equal(await problemCode(without), 'auth.forbidden', id)
      assert.equal(calls.length, 0)
      const init = leastInit(id, endpoint)
      const headers = { ...(init.headers as object), origin: ORIGIN }
      assert.equal((await send(pathOf(endpoint), { ...init, headers })).status, 200, id)
      calls.length = 0
    }
  })

  it('of our own is fine with a token', async (t) => {
    const { ask } = testApp(t)
    for (const origin of [ORIGIN, 'http://localhost:8377', 'http://[::1]:8377']) {
      assert.equal((await ask('/api/packs', { headers: { origin } })).status, 200, origin)
    }
  })
})

describe('names that the owner lists', () => {
  const cases: readonly (readonly [entry: string, host: string, origin: string, ok: boolean])[] = [
    ['nas.local', 'nas.local', 'http://nas.local', true],
    ['nas.local', 'nas.local:8377', 'http://nas.local:8377', true],
    ['NAS.local', 'nas.LOCAL:1', 'http://Nas.local:1', true],
    ['nas.local', 'nas.local:8377', 'https://nas.local', false],
    ['nas.local', 'nas.local.', '', false],
    ['nas.local', 'x.nas.local', '', false],
    ['nas.local', 'nas.local.evil.example', '', false],
    ['nas.local', 'nas.local:8377', 'http://nas.local.evil.example', false],
    ['nas.local', 'nas.local:8377', 'null', false],
    ['nas.local:8377', 'nas.local:8377', 'http://nas.local:8377', true],
    ['nas.local:8377', 'nas.local:8378', '', false],
    ['nas.local:8377', 'nas.local', '', false],
    ['nas.local:80', 'nas.local', 'http://nas.local', true],
    ['172.17.0.1', '172.17.0.1:8377', 'http://172.17.0.1:8377', true],
    ['172.17.0.1', '172.17.0.2:8377', '', false],
    ['my_host', 'my_host:9000', 'http://my_host:9000', true],
    ['[fd7a::1]', '[fd7a::1]:8377', 'http://[fd7a::1]:8377', true],
    ['müller.local', 'xn--mller-kva.local', 'http://xn--mller-kva.local', true],
    ['https://models.example.org', 'models.example.org', 'https://models.example.org', true],
    ['https://models.example.org', HOST, 'https://models.example.org', true],
    ['https://models.example.org', 'models.example.org:443', 'https://MODELS.example.org', true],
    ['https://models.example.org', 'models.example.org', 'http://models.example.org', false],
    ['https://models.example.org', 'models.example.org', 'https://models.example.org:8443', false],
    ['https://a.example:8443', 'a.example:8443', 'https://a.example:8443', true],
    ['https://a.example:8443', 'a.example', 'https://a.example', false],
  ]
  for (const [entry, host, origin, ok] of cases) {
    const asked = `${host} from "${origin}"`
    it(`${entry} ${ok ? 'lets in' : 'keeps out'} ${asked}`, async (t) => {
      const { ask } = testApp(t, {}, { listedHosts: () => [entry] })
      const headers = origin === '' ? { host } : { host, origin }
      const response = await ask('/api/packs', { headers })
      if (ok) assert.equal(response.status, 200)
      else assert.equal(await problemCode(response), 'auth.forbidden')
    })
  }

  it('are named in the refusal as the way out', async (t) => {
    const { ask } = testApp(t)
    for (const headers of [{ host: 'nas.local:8377' }, { origin: 'https://nas.local' }]) {
      const problem = (await (await ask('/api/packs', { headers })).json()) as { hint: string }
      assert.match(problem.hint, /synapse config set security\.hosts/u)
    }
  })

  it('hold from the request after the change, and no longer than listed', async (t) => {
    const { client, synapse, root } = await createTestSynapse(t)
    const status = async (host: string) =>
      (await synapse.app.request('http://x/api/health', { headers: { host } })).status
    const edit = (hosts: string[]) =>
      client.call('store.config_edit', { body: { security: { hosts } } })
    assert.equal(await status('nas.local:8377'), 403)
    const { machine } = await edit(['nas.local', 'https://models.example.org'])
    assert.deepEqual(machine.security?.hosts, ['nas.local', 'https://models.example.org'])
    assert.equal(await status('nas.local:8377'), 200)
    assert.equal(await status('models.example.org'), 200)
    await edit(['models.example.org'])
    assert.equal(await status('nas.local:8377'), 403)
    assert.match(fs.readFileSync(`${root}/data/machine.json`, 'utf8'), /models\.example\.org/u)
    await edit([])
    assert.equal(await status('models.example.org'), 403)
  })

  for (const wrong of [
    '',
    '*',
    '*.example.org',
    'http://nas.local',
    'nas.local/',
    'a b',
    'nas:0',
    'nas:99999',
    'https://a.example/x',
    'https://',
    'user@nas.local',
    '::1',
    'x..y:',
  ]) {
    it(`may not be "${wrong}"`, (t) =>
      refused(
        t,
        '/api/store/config',
        jsonBody('PUT', { security: { hosts: [wrong] } }),
        'input.invalid',
      ))
  }
})

describe('fetch metadata', () => {
  for (const site of ['cross-site', 'same-site', 'anything']) {
    it(`refuses ${site}`, (t) =>
      refused(t, '/api/packs', { headers: { 'sec-fetch-site': site } }, 'auth.forbidden'))
  }

  it('lets links from elsewhere open pages, but nothing of the API', async (t) => {
    const { send } = testApp(t)
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    assert.equal((await send('/', { headers })).status, 200)
    assert.equal((await send('/api/health', { headers })).status, 403)
    const framed = { ...headers, 'sec-fetch-dest': 'iframe' }
    assert.equal((await send('/', { headers: framed })).status, 403)
  })
})

describe('tokens', () => {
  it('are needed at every address that is not open', async (t) => {
    const { send, calls } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      if (endpoint.access === 'open') continue
      for (const headers of [
        {},
        { origin: ORIGIN },
        bearer('wrong'),
        { authorization: 'Basic eA==' },
      ]) {
        const init = leastInit(id, endpoint)
        const response = await send(pathOf(endpoint), {
          ...init,
          headers: { ...(init.headers as object), ...headers },
        })
        assert.equal(await problemCode(response), 'auth.required', id)
        assert.equal(response.headers.get('www-authenticate'), 'Bearer')
      }
    }
    assert.equal(calls.length, 0)
  })

  it('are not taken from the query or a cookie', async (t) => {
    const { send, auth } = testApp(t)
    const cookie = await send('/api/packs', { headers: { cookie: `token=${auth.ownerToken}` } })
    assert.equal(cookie.status, 401)
    assert.equal((await send(`/api/packs?token=${auth.ownerToken}`)).status, 401)
  })

  it('of a panel do not open endpoints of the owner', async (t) => {
    const tested = testApp(t)
    const headers = bearer(await panelToken(tested))
    for (const [id, endpoint] of ROWS) {
      if (endpoint.access !== 'owner') continue
      const init = leastInit(id, endpoint)
      const response = await tested.send(pathOf(endpoint), {
        ...init,
        headers: { ...(init.headers as object), ...headers },
      })
      assert.equal(await problemCode(response), 'auth.forbidden', id)
    }
    assert.equal(tested.calls.length, 0)
    assert.equal((await tested.send('/api/packs', { headers })).status, 200)
    assert.equal(tested.calls[0]?.caller.actor, 'panel Firefox')
    assert.equal(tested.calls[0].caller.scope, 'panel')
  })

  it('stop working the moment that they are revoked', async (t) => {
    const tested = testApp(t)
    const headers = bearer(await panelToken(tested))
    assert.equal((await tested.send('/api/packs', { headers })).status, 200)
    const [session] = tested.auth.sessions()
    assert.ok(session)
    await tested.auth.revoke(session.id)
    assert.equal((await tested.send('/api/packs', { headers })).status, 401)
  })

  it('of one home are nothing in another', async (t) => {
    const token = await panelToken(testApp(t))
    const { send } = testApp(t)
    assert.equal((await send('/api/packs', { headers: bearer(token) })).status, 401)
  })
})

describe('through ComfyUI', () => {
  const via = { 'x-synapse-via': 'comfyui' }

  it('no request has the rights of the owner, whatever the token', async (t) => {
    const { ask, calls } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      if (endpoint.access !== 'owner') continue
      const init = leastInit(id, endpoint)
      const headers = { ...(init.headers as object), ...via }
      const response = await ask(pathOf(endpoint), { ...init, headers })
      assert.equal(await problemCode(response), 'auth.forbidden', id)
    }
    assert.equal(calls.length, 0)
    assert.equal((await ask('/api/packs', { headers: via })).status, 200)
    assert.deepEqual([calls[0]?.caller.scope, calls[0]?.caller.via], ['panel', 'comfyui'])
  })

  it('a browser can ask to be paired without a token, with the origin that was checked', async (t) => {
    const { send, calls } = testApp(t)
    const named = { ...via, 'x-synapse-origin': 'http://gpu.lan:8188' }
    assert.equal((await send('/api/auth/pair', jsonBody('POST', {}, named))).status, 200)
    assert.deepEqual(
      [calls[0]?.caller.via, calls[0]?.caller.origin],
      ['comfyui', 'http://gpu.lan:8188'],
    )
    const without = await send('/api/auth/pair', jsonBody('POST', {}, via))
    assert.equal(await problemCode(without), 'auth.forbidden')
  })

  it("a page's own token stands over the credentials of a server in front", async (t) => {
    const tested = testApp(t)
    const headers = {
      authorization: 'Basic dXNlcjpwYXNz',
      'x-synapse-token': await panelToken(tested),
    }
    assert.equal((await tested.send('/api/packs', { headers })).status, 200)
    const other = { ...headers, 'x-synapse-token': 'none-of-ours' }
    const refusal = await tested.send('/api/packs', { headers: other })
    assert.equal(await problemCode(refusal), 'auth.required')
  })

  it('no login is possible, even with a token or our origin', async (t) => {
    const { ask, calls } = testApp(t)
    for (const more of [{}, { origin: ORIGIN }]) {
      const init = jsonBody('POST', { code: 'c' }, { ...via, ...more })
      assert.equal(await problemCode(await ask('/api/auth/login', init)), 'auth.forbidden')
    }
    assert.equal(calls.length, 0)
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }

describe('bodies', () => {
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/json-patch+json',
    'application/json; charset=utf-16',
  ]) {
    it(`refuses ${type}`, (t) =>
      refused(
        t,
        '/api/packs',
        { method: 'POST', headers: { 'content-type': type }, body: '{"name":"P"}' },
        'input.unsupported_type',
      ))
  }

  it('refuses a form even without a body', (t) =>
    refused(
      t,
      '/api/store/init',
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'input.unsupported_type',
    ))

  for (const [name, value] of [
    ['content-encoding', 'gzip'],
    ['content-encoding', 'br'],
    ['content-encoding', 'identity, gzip'],
    ['content-encoding', 'unknown'],
    ['transfer-encoding', 'gzip, chunked'],
  ] as const) {
    it(`refuses ${name}: ${value}`, (t) =>
      refused(
        t,
        '/api/packs',
        { method: 'POST', headers: { ...JSON_TYPE, [name]: value }, body: '{"name":"P"}' },
        'input.unsupported_type',
      ))
  }

  it('refuses bytes without a type', async (t) => {
    const { ask } = testApp(t)
    const body = new Blob(['{"name":"P"}'])
    const response = await ask('/api/packs', { method: 'POST', body })
    assert.equal(await problemCode(response), 'input.unsupported_type')
  })

  it('refuses what is too large, with and without a length', async (t) => {
    const { ask } = testApp(t)
    for (const id of ['profiles.use', 'packs.create', 'auth.approve'] as const) {
      const { path, method, limit } = ENDPOINTS[id]
      const big = JSON.stringify({ name: 'x'.repeat(limit.bytes) })
      const oversized = jsonBody(method, big, { 'content-length': String(big.length) })
      assert.equal(await problemCode(await ask(path, oversized)), 'input.too_large', id)
      const untold = await ask(path, jsonBody(method, big))
      assert.equal(await problemCode(untold), 'input.too_large', id)
    }
  })

  it('lets a pack be restored from many megabytes', async (t) => {
    const { ask, calls } = testApp(t)
    const content = 'a"\\\n'.repeat(3_000_000)
    const files = [{ path: 'pack.json', encoding: 'utf8', content }]
    const body = { schema: 'synapse.pack_export.v1', exported_at: '', name: 'P', files }
    assert.equal((await ask('/api/packs/restore', jsonBody('POST', body))).status, 200)
    assert.deepEqual((calls[0]?.input.body as typeof body).files, files)
  })
})
