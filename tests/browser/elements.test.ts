/** Elements alone, with what stands above them given by the test. */
import assert from 'node:assert/strict'
import { AppError } from '../../schemas/errors.ts'
import { elementTest } from './_support/element.ts'
import { useBrowser } from './_support/browser.ts'
import { importJob, importPreview } from './_support/fixtures.ts'

useBrowser()

const pairing = {
  id: '0199f0a0-0000-7000-8000-000000000009',
  code: 'K7QP-2MXD',
  label: 'Panel in ComfyUI',
  user_agent: 'curl/8.1',
  via: 'comfyui' as const,
  origin: null,
  created_at: '2026-11-21T14:00:00Z',
  expires_at: '2026-11-21T14:05:00Z',
}
const pageOf = (items: (typeof pairing)[]) => ({ total: items.length, limit: 50, offset: 0, items })

elementTest('pairings: nothing while nobody waits, asked again after an event', async (s) => {
  s.answer('auth.pairings', pageOf([]))
  await s.mount('synapse-pairings-card', { access: 'owner' })
  await s.emit({ type: 'pack.changed', pack: 'Other' })
  await s.page.waitForTimeout(200)
  assert.equal(s.asked.length, 1, 'an event of packs is none of its business')
  assert.equal(await s.page.locator('section').count(), 0)
  s.answer('auth.pairings', pageOf([pairing]))
  await s.emit({ type: 'pairing.changed' })
  await s.page.getByText('K7QP-2MXD').waitFor()
})

elementTest('pairings: a failed decision is emitted as a toast and the row stays', async (s) => {
  s.answer('auth.pairings', pageOf([pairing]))
  s.answer('auth.approve', () => {
    throw new AppError('pairing.not_found', 'The code has expired')
  })
  await s.mount('synapse-pairings-card', { access: 'owner' })
  await s.page.getByRole('button', { name: 'Refuse' }).click()
  await s.page.locator('button:enabled', { hasText: 'Refuse' }).waitFor()
  const [reported] = await s.heard()
  const toast = { tone: 'bad', text: 'The code has expired', detail: undefined }
  assert.deepEqual(reported, { type: 'synapse-toast', toast })
  const { input } = s.asked.find(({ id }) => id === 'auth.approve') ?? {}
  assert.deepEqual(input?.body, { code: 'K7QP-2MXD', approve: false })
})

elementTest('pairings: what failed is asked again once the service is back', async (s) => {
  s.answer('auth.pairings', () => {
    throw new AppError('service.not_running', 'The Synapse service does not answer')
  })
  await s.mount('synapse-pairings-card', { access: 'owner', link: 'offline' })
  await s.page.getByText('The Synapse service does not answer').waitFor()
  s.answer('auth.pairings', pageOf([pairing]))
  await s.give({ link: 'live' })
  await s.page.getByText('K7QP-2MXD').waitFor()
})

elementTest('import: says which job it began, and follows it among the jobs', async (s) => {
  s.answer('imports.preview', importPreview())
  s.answer('imports.start', importJob({ done: 0 }))
  await s.mount('synapse-import-page')
  await s.page.getByLabel('Folder or file').fill('/home/me/models')
  await s.page.getByRole('button', { name: 'Preview' }).click()
  await s.page.getByRole('button', { name: 'Import 4 files' }).click()
  await s.page.waitForFunction(() => window.harness.heard.length > 0)
  const [begun] = await s.heard()
  assert.equal(begun?.['type'], 'synapse-job-started')
  await s.give({ jobs: [importJob()] })
  await s.page.getByText('18.3 GB of 45.2 GB').waitFor()
  await s.page.getByRole('button', { name: 'Cancel' }).click()
  assert.deepEqual((await s.heard()).at(-1), { type: 'synapse-cancel-job', job: importJob().id })
  await s.give({ jobs: [importJob({ state: 'cancelled' })] })
  await s.page.getByText('Import cancelled. What was finished stays.').waitFor()
})

elementTest('an element outside of what provides to it says so', async (s) => {
  const message = await s.page.evaluate(async () => {
    await window.harness.mount('synapse-navigation', {})
    const outside = document.createElement('synapse-navigation')
    const reported = new Promise<string>((resolve) => {
      addEventListener('error', (event) => {
        event.preventDefault()
        resolve(event.message)
      })
    })
    document.body.append(outside)
    return Promise.race([reported, new Promise<string>((resolve) => setTimeout(resolve, 2000, ''))])
  })
  assert.match(message, /<synapse-navigation>: no element above provides/u)
})
