/** Attacks by requests: other sites, forged hosts, missing tokens, pages that ask for too much. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { leastInit, pathOf } from '../../_support/http-app.ts'
import { sync } from '../calls.ts'
import { digestOf } from '../sandbox.ts'
import { ask, asPaired, ENDPOINT_ROWS, post } from './ask.ts'
import { everything, type Regression } from './fixture.ts'

export const REQUESTS: readonly Regression[] = [
  ...(
    [
      ['another site posted forms', { origin: 'http://evil.example' }],
      ['a sandboxed page sent Origin: null', { origin: 'null' }],
      ['a rebound name reached the service', { host: 'evil.example:8377' }],
      [
        'a rebound name came with an origin that agreed',
        { host: 'evil.example', origin: 'http://evil.example' },
      ],
      ['a page of another site sent no origin at all', { 'sec-fetch-site': 'cross-site' }],
      ['a page of a neighbouring port asked', { origin: 'http://127.0.0.1:9999' }],
    ] as const
  ).map(([what, headers]): Regression => [
    `${what} → refused before anything is read`,
    async (fixture) => {
      const { status } = await post(fixture, '/api/profiles/use', { pack: 'Ink' }, headers)
      assert.equal(status, 403)
      assert.deepEqual(fixture.seen.stack('alpha'), ['global'])
    },
  ]),
  [
    'a body that a plain form can send changed something → only JSON is taken',
    async (fixture) => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ]) {
        const headers = { 'content-type': type }
        const { status } = await post(fixture, '/api/profiles/use', { pack: 'Ink' }, headers)
        assert.equal(status, 415, type)
      }
    },
  ],
  [
    'an image tag changed the state by GET → reading changes nothing',
    async (fixture) => {
      await sync(fixture.client)
      const before = everything(fixture.sandbox.root)
      for (const [, endpoint] of ENDPOINT_ROWS.filter(([, one]) => one.method === 'GET')) {
        if (endpoint.path.endsWith('/events')) continue
        const response = await ask(
          fixture,
          pathOf(endpoint, { name: 'Ink', item: digestOf('ink') }),
        )
        await response.body?.cancel()
      }
      assert.deepEqual(everything(fixture.sandbox.root), before)
    },
  ],
  [
    'services without a token were open to all who reached them → every endpoint but the open ones asks for one',
    async (fixture) => {
      for (const [id, endpoint] of ENDPOINT_ROWS.filter(([, one]) => one.access !== 'open')) {
        for (const authorization of [
          '',
          'Bearer guessed',
          `Basic ${fixture.synapse.auth.ownerToken}`,
        ]) {
          const init = { ...leastInit(id, endpoint) }
          const headers = {
            ...(init.headers as Record<string, string> | undefined),
            authorization,
            cookie: `token=${fixture.synapse.auth.ownerToken}`,
          }
          assert.equal((await ask(fixture, pathOf(endpoint), { ...init, headers })).status, 401, id)
        }
      }
    },
  ],
  [
    'settings lay below a folder that the web server showed → only the page and the docs are served',
    async (fixture) => {
      const secret = fs.readFileSync(fixture.at('state/config.json'), 'utf8')
      for (const path of [
        '/../package.json',
        '/%2e%2e/package.json',
        '/assets/..%2f..%2fpackage.json',
        '/docs/..%2f..%2fpackage.json',
        '/docs/%2e%2e/package.json',
        '/state/config.json',
        `/${fixture.sandbox.root}/state/config.json`,
        '/..%5c..%5cpackage.json',
      ]) {
        const text = await (await ask(fixture, path)).text()
        assert.ok(!text.includes('"synapse"') && !text.includes(secret), path)
      }
    },
  ],
  [
    'folders of the machine could be listed → outside its roots a browser learns not even what is there',
    async (fixture) => {
      const paired = await asPaired(fixture)
      const answers = await Promise.all(
        ['/etc', '/nowhere/at/all', '/root/.ssh'].map(async (path) => {
          const response = await post(fixture, '/api/imports/preview', { paths: [path] }, paired)
          return `${String(response.status)} ${((await response.json()) as { code: string }).code}`
        }),
      )
      assert.deepEqual([...new Set(answers)], ['403 auth.path_not_allowed'])
    },
  ],
  [
    'a paired page could do what its owner could → approving, emptying and settings are the owner’s',
    async (fixture) => {
      const paired = await asPaired(fixture)
      for (const [id, endpoint] of ENDPOINT_ROWS.filter(([, one]) => one.access === 'owner')) {
        const init = leastInit(id, endpoint)
        const headers = { ...(init.headers as Record<string, string> | undefined), ...paired }
        assert.equal((await ask(fixture, pathOf(endpoint), { ...init, headers })).status, 403, id)
      }
    },
  ],
  [
    'whoever came through ComfyUI was the owner → that way never is, whatever its token',
    async (fixture) => {
      const headers = { 'x-synapse-via': 'comfyui' }
      assert.equal((await ask(fixture, '/api/trash', { method: 'DELETE', headers })).status, 403)
    },
  ],
]
