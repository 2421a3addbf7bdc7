/** Ten thousand packs: a page of them at a time, the others by turning or searching. */
import assert from 'node:assert/strict'
import { appTest, useBrowser, type AppFixture } from './_support/browser.ts'
import { manyPacks } from './_support/fixtures.ts'

useBrowser()

const ALL = manyPacks(10_000)

function serveMany({ double }: AppFixture): void {
  double.answer('packs.list', ({ query }) => {
    const limit = Number(query['limit'] ?? 50)
    const offset = Number(query['offset'] ?? 0)
    const found = ALL.filter(({ name }) => name.includes(query['search'] ?? ''))
    return { total: found.length, limit, offset, items: found.slice(offset, offset + limit) }
  })
}

const rows = (s: AppFixture) => s.page.locator('li.pack')

appTest('no more than a thousand rows stand in the page, whatever is turned to', async (s) => {
  serveMany(s)
  await s.open()
  await s.page.getByText('1–1,000 of 10,000').waitFor()
  const before = s.page.getByRole('button', { name: 'Previous packs' })
  const after = s.page.getByRole('button', { name: 'Next packs' })
  assert.equal(await before.isDisabled(), true)
  await after.click()
  await s.page.getByText('1,001–2,000 of 10,000').waitFor()
  assert.equal(await rows(s).count(), 1000)
  assert.match((await rows(s).first().textContent()) ?? '', /Collection 1001/u)
  assert.equal(await rows(s).first().isVisible(), true)
  assert.ok(
    await rows(s)
      .first()
      .evaluate((row) => row.getBoundingClientRect().top > 0),
  )
  await before.click()
  await s.page.getByText('1–1,000 of 10,000').waitFor()
})

appTest('a search finds what is on no page yet, from its beginning', async (s) => {
  serveMany(s)
  await s.open()
  await s.page.getByRole('button', { name: 'Next packs' }).click()
  await s.page.getByText('1,001–2,000 of 10,000').waitFor()
  await s.page.getByLabel('Search packs').fill('Collection 9999')
  await rows(s).filter({ hasText: 'Collection 9999' }).waitFor()
  assert.equal(await rows(s).count(), 1)
  assert.equal(s.double.askedFor('packs.list').at(-1)?.query['offset'], '0')
  assert.equal(await s.page.getByRole('navigation', { name: 'Pages of packs' }).count(), 0)
})
