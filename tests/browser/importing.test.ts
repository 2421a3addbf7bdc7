/** Import: preview, start, and show the progress. */
import assert from 'node:assert/strict'
import { AppError } from '../../schemas/errors.ts'
import { appTest, useBrowser, type AppFixture } from './_support/browser.ts'
import { IMPORT_RESULT, importJob, importPreview } from './_support/fixtures.ts'

useBrowser()

async function preview({ page, open }: AppFixture): Promise<void> {
  await open()
  await page.getByLabel('Folder or file').fill('/home/me/models')
  await page.getByRole('button', { name: 'Preview' }).click()
}

appTest('previews, imports with progress, and names what failed', async (s) => {
  s.double.answer('imports.preview', importPreview())
  s.double.answer('imports.start', importJob({ done: 0 }))
  await s.open()
  await s.page.getByText('Move', { exact: true }).click()
  await s.page.getByLabel('Kind').selectOption('lora')
  await s.page.getByLabel('Add to pack').fill('Fresh')
  await s.page.getByLabel('Folder or file').fill('/home/me/models')
  await s.page.getByRole('button', { name: 'Preview' }).click()
  await s.page.getByText('2 skipped').click()
  await s.page.getByText('not a model file').waitFor()
  await s.page.getByText('Needs 18.2 GB of 212 GB free').waitFor()
  await s.page.getByRole('button', { name: 'Import 4 files' }).click()
  const expected = { paths: ['/home/me/models'], mode: 'move', kind: 'lora', pack: 'Fresh' }
  await s.page.getByText('0 B of 45.2 GB').waitFor()
  assert.deepEqual(s.double.askedFor('imports.start')[0]?.body, expected)
  s.double.emit({ type: 'job.updated', job: importJob() })
  await s.page.getByText('18.3 GB of 45.2 GB').waitFor()
  await s.page.getByText('412 MB/s · 1 min left').first().waitFor()
  await s.page.locator('synapse-job-bar').getByText('40 %').waitFor()
  const result = { ...IMPORT_RESULT }
  const ended = importJob({ state: 'succeeded', result })
  s.double.answer('jobs.list', { total: 1, limit: 50, offset: 0, items: [ended] })
  s.double.emit({ type: 'job.updated', job: ended })
  await s.page.getByText('2 files imported').waitFor()
  await s.page.getByText('1 was already here').waitFor()
  await s.page.getByText('1 failed').waitFor()
  await s.page.getByText('The file changed while it was read').waitFor()
  assert.equal(await s.page.locator('synapse-job-bar section').count(), 0)
})

appTest('a running import can be cancelled', async (s) => {
  s.double.answer('imports.preview', importPreview())
  s.double.answer('imports.start', importJob())
  s.double.answer('jobs.cancel', importJob({ state: 'cancelled', result: null }))
  await preview(s)
  await s.page.getByRole('button', { name: 'Import 4 files' }).click()
  await s.page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await s.page.getByText('Import cancelled. What was finished stays.').waitFor()
  assert.equal(s.double.askedFor('jobs.cancel')[0]?.params['id'], importJob().id)
})

appTest('too little room forbids the import', async (s) => {
  s.double.answer('imports.preview', importPreview({ fits: false, disk_free: 1_000_000 }))
  await preview(s)
  await s.page.getByText('Not enough space: 18.2 GB needed, 1 MB free.').waitFor()
  assert.equal(await s.page.getByRole('button', { name: 'Import 4 files' }).isDisabled(), true)
})

appTest('a path that is not there is said in words', async (s) => {
  s.double.answer('imports.preview', () => {
    throw new AppError('import.source_not_found', 'There is nothing at /home/me/models')
  })
  await preview(s)
  await s.page.getByRole('alert').getByText('There is nothing at /home/me/models').waitFor()
})

appTest('an edit after the preview asks for a new one', async (s) => {
  s.double.answer('imports.preview', importPreview())
  await preview(s)
  await s.page.getByRole('button', { name: 'Import 4 files' }).waitFor()
  await s.page.getByLabel('Folder or file').fill('/elsewhere')
  await s.page.getByRole('button', { name: 'Import 4 files' }).waitFor({ state: 'detached' })
})
