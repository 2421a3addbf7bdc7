/** What is wrong with the store is reported in the panel, in words, with the next step. */
import assert from 'node:assert/strict'
import { appTest, useBrowser } from './_support/browser.ts'
import { importJob, profilesStatus, storeStatus, TROUBLES } from './_support/fixtures.ts'

useBrowser()

const DAMAGED = '1 model is damaged: `synapse inventory --integrity bad` lists them.'
const OFFLINE = 'data/blobs is gone: /store/data/blobs. Nothing is written until it is back.'

appTest('notes of the store are shown, with their commands as code', async (s) => {
  s.double.answer('store.status', storeStatus({ notes: [DAMAGED] }))
  await s.openPanel()
  await s.page.getByText('About the store').waitFor()
  await s.page.getByText('1 model is damaged').waitFor()
  await s.page.locator('code', { hasText: 'synapse inventory --integrity bad' }).waitFor()
})

appTest('many remarks stand behind a click', async (s) => {
  const notes = ['One.', 'Two.', 'Three.']
  s.double.answer('store.status', storeStatus({ notes }))
  await s.openPanel()
  const summary = s.page.locator('summary', { hasText: 'About the store' })
  await summary.getByText('3').waitFor()
  assert.equal(await s.page.getByText('Three.').isVisible(), false)
  await summary.click()
  await s.page.getByText('Three.').waitFor()
})

appTest('an offline part of the store is shown above everything else, once', async (s) => {
  await s.openPanel()
  await s.page.getByText('Anime XL').waitFor()
  const offline = [{ part: 'blobs' as const, path: '/store/data/blobs', reason: 'gone' }]
  s.double.answer('store.status', storeStatus({ offline, notes: [OFFLINE, DAMAGED] }))
  s.double.emit({ type: 'resync' })
  const notice = s.page.locator('synapse-notice[tone=offline]')
  await notice.getByText('Nothing is written until it is back').waitFor()
  assert.equal(await s.page.getByText('Nothing is written until it is back').count(), 1)
  assert.equal(await s.page.getByText('1 model is damaged').count(), 1)
})

appTest('a pickle that waits comes with the command that approves it', async (s) => {
  s.double.answer('profiles.status', profilesStatus(TROUBLES))
  await s.openPanel()
  await s.page.getByText('Not available').click()
  await s.page.locator('code', { hasText: 'synapse approve abababababab' }).waitFor()
})

appTest('damage that a verification finds shows when its job ends', async (s) => {
  await s.openPanel()
  await s.page.getByText('Anime XL').waitFor()
  assert.equal(await s.page.getByText('Not available').count(), 0)
  s.double.answer('store.status', storeStatus({ notes: [DAMAGED] }))
  s.double.answer('profiles.status', profilesStatus(TROUBLES))
  const job = importJob({ kind: 'inventory.verify', state: 'succeeded' })
  s.double.emit({ type: 'job.updated', job })
  await s.page.getByText('1 model is damaged').waitFor()
  await s.page.getByText('Not available').waitFor()
})

appTest('a long path in what is wrong with a view stays inside its card', async (s) => {
  await s.page.setViewportSize({ width: 312, height: 900 })
  const long = `models/checkpoints/${'juggernautXL_v9Rundiffusion'.repeat(3)}.safetensors`
  const health = [`1 link of the view broken: ${long}.`]
  s.double.answer('profiles.status', profilesStatus({ health }))
  await s.open()
  const words = s.page.getByText('of the view broken')
  await words.waitFor()
  const { right, edge } = await words.evaluate((span) => ({
    right: Math.max(...[...span.getClientRects()].map((box) => box.right), span.scrollWidth),
    edge: span.closest('section')?.getBoundingClientRect().right ?? 0,
  }))
  assert.ok(right <= edge, `${String(right)} px is past the edge at ${String(edge)} px`)
})
