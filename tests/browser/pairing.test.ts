/** How a browser comes by its own token, and loses it. */
import assert from 'node:assert/strict'
import { AppError } from '../../schemas/errors.ts'
import { appTest, useBrowser } from './_support/browser.ts'
import type { ServiceDouble } from './_support/service-double.ts'

useBrowser()

const ID = '0199f0a0-0000-7000-8000-000000000009'
const started = (code: string) => ({
  id: ID,
  code,
  secret: 'only-this-browser-knows',
  expires_at: new Date(Date.now() + 300_000).toISOString(),
})

function offerPairing(double: ServiceDouble): void {
  double.answer('auth.pair', started('K7QP-2MXD'))
  double.answer('auth.pair_state', { state: 'waiting' })
}

appTest('a panel without a token shows a code and goes on once it is approved', async (s) => {
  offerPairing(s.double)
  await s.openPanel({ token: '' })
  await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
  s.double.answer('auth.pair_state', { state: 'approved', token: 'panel-token', scope: 'panel' })
  await s.page.getByText('Anime XL').waitFor()
  const polled = s.double.askedFor('auth.pair_state')[0]
  assert.deepEqual(polled?.body, { secret: 'only-this-browser-knows' })
  assert.equal(polled.params['id'], ID)
})

appTest('a reload goes on with the same code', async (s) => {
  offerPairing(s.double)
  await s.openPanel({ token: '' })
  await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
  await s.openPanel({ token: '' })
  await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
  assert.equal(s.double.askedFor('auth.pair').length, 1)
})

appTest('a refused panel says so and can ask again', async (s) => {
  offerPairing(s.double)
  s.double.answer('auth.pair_state', { state: 'refused' })
  await s.openPanel({ token: '' })
  await s.page.getByText('The request was refused.').waitFor()
  s.double.answer('auth.pair', started('AAAA-BBBB'))
  s.double.answer('auth.pair_state', { state: 'waiting' })
  await s.page.getByRole('button', { name: 'Get a new code' }).click()
  await s.page.getByText('synapse pair AAAA-BBBB').waitFor()
})

appTest('a token that was revoked leads to a new pairing', async (s) => {
  offerPairing(s.double)
  await s.openPanel()
  await s.page.getByText('Anime XL').waitFor()
  s.double.tokens.delete('panel-token')
  await s.page.getByRole('button', { name: 'Refresh' }).click()
  await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
  const kept = await s.page.evaluate(() => localStorage.getItem('synapse:/synapse:session'))
  assert.equal(kept, null)
})

appTest(
  'a part of the page that another build has replaced comes with a new document',
  async (s) => {
    await s.open()
    await s.page.getByText('Anime XL').waitFor()
    const documents: string[] = []
    s.page.on('framenavigated', (frame) => documents.push(frame.url()))
    await s.page.route('**/part-*.mjs', (route) => route.abort())
    let isUp = false
    await s.page.route(`${s.double.url}/`, (route) => (isUp ? route.continue() : route.abort()))
    offerPairing(s.double)
    s.double.tokens.clear()
    s.double.emit({ type: 'resync' })
    await s.page.waitForEvent('requestfailed', (request) => request.url() === `${s.double.url}/`)
    await s.page.locator('synapse-app').waitFor()
    assert.deepEqual(documents, [], 'without the service the page stays')
    await s.page.unroute('**/part-*.mjs')
    isUp = true
    await s.page.waitForEvent('load')
    await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
  },
)

appTest('the login link is taken once and leaves the address', async (s) => {
  await s.open()
  await s.page.getByText('Anime XL').waitFor()
  assert.equal(s.page.url(), `${s.double.url}/`)
  assert.deepEqual(s.double.askedFor('auth.login')[0]?.body, { code: 'once' })
  await s.page.reload()
  await s.page.getByText('Anime XL').waitFor()
  assert.equal(s.double.askedFor('auth.login').length, 1)
})

appTest('a used login link says so and offers pairing', async (s) => {
  offerPairing(s.double)
  s.double.answer('auth.login', () => {
    throw new AppError('pairing.not_found', 'No such code')
  })
  await s.open()
  await s.page.getByText('has been used or has expired').waitFor()
  await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
})

appTest('an owner sees who waits and approves by code', async (s) => {
  await s.open()
  await s.page.getByText('Anime XL').waitFor()
  const pairing = {
    id: ID,
    code: 'K7QP-2MXD',
    label: 'Panel in ComfyUI',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36',
    via: 'comfyui' as const,
    origin: 'http://gpu.lan:8188',
    created_at: '2026-11-21T14:00:00Z',
    expires_at: '2026-11-21T14:05:00Z',
  }
  s.double.answer('auth.pairings', { total: 1, limit: 50, offset: 0, items: [pairing] })
  s.double.answer('auth.approve', { done: true })
  s.double.emit({ type: 'pairing.changed' })
  await s.page.getByText('Through ComfyUI · Chrome 156, Linux · http://gpu.lan:8188').waitFor()
  s.double.answer('auth.pairings', { total: 0, limit: 50, offset: 0, items: [] })
  await s.page.getByRole('button', { name: 'Approve' }).click()
  await s.page.getByText('Panel in ComfyUI is connected.').waitFor()
  await s.page.getByText('K7QP-2MXD').waitFor({ state: 'detached' })
  assert.deepEqual(s.double.askedFor('auth.approve')[0]?.body, { code: 'K7QP-2MXD', approve: true })
})
