/** From page to page: by links where the address is ours, by buttons where it is ComfyUI's. */
import assert from 'node:assert/strict'
import { PAGES } from '../../web-components/shell/page-table.ts'
import { elementTest, type ElementFixture } from './_support/element.ts'
import { assertAccessible } from './_support/accessibility.ts'
import { appTest, useBrowser } from './_support/browser.ts'
import type { Given } from './_support/element-host.ts'
import {
  importPreview,
  PACKS,
  pageOfPacks,
  profilesStatus,
  storeStatus,
} from './_support/fixtures.ts'

useBrowser()

/** The table with no page but that of packs in the navigation, whatever pages there are. */
const ONE_PAGE: Given['routes'] = Object.fromEntries(
  PAGES.map(({ id }) => [id, { inNavigation: id === 'home' }]),
)

/** The same with the import, as a page of its own on both surfaces. */
const TWO_PAGES: Given['routes'] = {
  ...ONE_PAGE,
  import: { surfaces: ['page', 'panel'], inNavigation: true, beside: null },
}

/** Gives the page of packs and the shell what they ask for. */
function answerHome(s: ElementFixture): void {
  s.answer('jobs.list', { total: 0, limit: 50, offset: 0, items: [] })
  s.answer('profiles.status', profilesStatus())
  s.answer('packs.list', pageOfPacks(PACKS))
  s.answer('store.status', storeStatus())
}

const currentOf = ({ page }: Pick<ElementFixture, 'page'>) =>
  page.locator('nav [aria-current="page"]').textContent()

elementTest('with one page there is nothing to navigate', async (s) => {
  await s.mount('synapse-navigation', { routes: ONE_PAGE })
  assert.equal(await s.page.locator('synapse-navigation nav').count(), 0)
})

elementTest('links lead to pages, and back leads back', async (s) => {
  await s.mount('synapse-navigation', { routes: TWO_PAGES })
  const nav = s.page.getByRole('navigation', { name: 'Pages' })
  assert.match((await currentOf(s)) ?? '', /Packs/u)
  await nav.getByRole('link', { name: 'Import' }).click()
  await nav.locator('[aria-current="page"]', { hasText: 'Import' }).waitFor()
  assert.equal(new URL(s.page.url()).hash, '#/import')
  await s.page.goBack()
  await nav.locator('[aria-current="page"]', { hasText: 'Packs' }).waitFor()
})

elementTest('arrows move along the pages, Enter opens one', async (s) => {
  await s.mount('synapse-navigation', { routes: TWO_PAGES })
  await s.page.keyboard.press('Tab')
  await s.page.keyboard.press('End')
  await s.page.locator('a:focus', { hasText: 'Import' }).waitFor()
  await s.page.keyboard.press('ArrowRight')
  await s.page.keyboard.press('ArrowLeft')
  await s.page.locator('a:focus', { hasText: 'Packs' }).waitFor()
  await s.page.keyboard.press('ArrowRight')
  await s.page.keyboard.press('Enter')
  await s.page.locator('nav [aria-current="page"]', { hasText: 'Import' }).waitFor()
})

elementTest('what is no address of a page is left to others', async (s) => {
  await s.mount('synapse-navigation', { routes: TWO_PAGES })
  await s.page.getByRole('link', { name: 'Import' }).click()
  await s.page.evaluate(() => (location.hash = '#login=code'))
  await s.page.locator('nav [aria-current="page"]', { hasText: 'Packs' }).waitFor()
  assert.equal(new URL(s.page.url()).hash, '#login=code')
})

elementTest('in the panel the address of the page around it stays as it is', async (s) => {
  await s.mount('synapse-navigation', { surface: 'panel', routes: TWO_PAGES })
  const before = s.page.url()
  await s.page.getByRole('button', { name: 'Import' }).click()
  await s.page.locator('nav [aria-current="page"]', { hasText: 'Import' }).waitFor()
  assert.equal(s.page.url(), before)
})

elementTest('in the panel the shell offers a way back, and the focus follows', async (s) => {
  answerHome(s)
  await s.mount('synapse-shell', { surface: 'panel', routes: TWO_PAGES })
  await s.page.locator('synapse-home-page').waitFor()
  assert.equal(await s.page.getByRole('button', { name: 'Back to the previous page' }).count(), 0)
  await s.page.getByRole('button', { name: 'Import' }).click()
  await s.page.locator('#path:focus').waitFor()
  assert.equal(await s.page.locator('synapse-home-page').count(), 0)
  await s.page.locator('#path').fill('/home/me/models')
  await s.page.getByRole('button', { name: 'Back to the previous page' }).click()
  await s.page.locator('synapse-home-page .page:focus').waitFor()
  assert.equal(await s.page.getByRole('button', { name: 'Back to the previous page' }).count(), 0)
  await s.page.getByRole('button', { name: 'Import' }).click()
  assert.equal(await s.page.locator('#path').inputValue(), '/home/me/models')
})

elementTest(
  'a page that is left while it asks can ask again when it is come back to',
  async (s) => {
    answerHome(s)
    s.answer('imports.preview', () => new Promise(() => undefined))
    await s.mount('synapse-shell', { surface: 'panel', routes: TWO_PAGES })
    await s.page.getByRole('button', { name: 'Import' }).click()
    await s.page.locator('#path').fill('/home/me/models')
    await s.page.getByRole('button', { name: 'Preview' }).click()
    await s.page.getByRole('button', { name: 'Scanning' }).waitFor()
    await s.page.getByRole('button', { name: 'Packs', exact: true }).click()
    await s.page.getByText('Anime XL').waitFor()
    s.answer('imports.preview', importPreview())
    await s.page.getByRole('button', { name: 'Import', exact: true }).click()
    await s.page.getByRole('button', { name: 'Preview' }).click()
    await s.page.getByText('2 skipped').waitFor()
  },
)

appTest('an address of the page opens it: title, focus and back follow', async (s) => {
  await s.open()
  await s.page.getByText('Anime XL').waitFor()
  assert.equal(await s.page.title(), 'Synapse')
  await s.page.goto(`${s.double.url}/#/import`)
  await s.page.locator('#path:focus').waitFor()
  assert.equal(await s.page.title(), 'Import – Synapse')
  await s.page.getByText('Anime XL').waitFor()
  await s.page.goBack()
  await s.page.locator('synapse-home-page .page:focus').waitFor()
  assert.equal(await s.page.title(), 'Synapse')
})

appTest('an address without a page leads home', async (s) => {
  await s.open()
  await s.page.goto(`${s.double.url}/#/no/such/page`)
  await s.page.getByText('Anime XL').waitFor()
  await s.page.waitForURL(`${s.double.url}/#/`)
})

appTest('who is not paired comes to the page of the address afterwards', async (s) => {
  const expires_at = new Date(Date.now() + 300_000).toISOString()
  s.double.answer('auth.pair', { id: 'p', code: 'K7QP-2MXD', secret: 's', expires_at })
  s.double.answer('auth.pair_state', { state: 'waiting' })
  await s.page.goto(`${s.double.url}/#/import`)
  await s.page.getByText('synapse pair K7QP-2MXD').waitFor()
  assert.equal(await s.page.title(), 'Connect this browser – Synapse')
  s.double.answer('auth.pair_state', { state: 'approved', token: 'panel-token', scope: 'panel' })
  await s.page.getByText('Anime XL').waitFor()
  await s.page.locator('#path:focus').waitFor()
  assert.equal(await s.page.title(), 'Import – Synapse')
  assert.equal(s.page.url(), `${s.double.url}/#/import`)
})

appTest(
  'a reload stays on its page, and leads to those who wait where that is asked for',
  async (s) => {
    const pairing = {
      id: '0199f0a0-0000-7000-8000-000000000009',
      code: 'K7QP-2MXD',
      label: 'Panel in ComfyUI',
      user_agent: 'curl/8.1',
      via: 'direct' as const,
      origin: null,
      created_at: '2026-11-21T14:00:00Z',
      expires_at: '2026-11-21T14:05:00Z',
    }
    s.double.answer('auth.pairings', { total: 1, limit: 50, offset: 0, items: [pairing] })
    await s.open()
    await s.page.getByText('K7QP-2MXD').waitFor()
    await s.page.goto(`${s.double.url}/#/pairings`)
    await s.page.locator('synapse-pairings-card section:focus').waitFor()
    await s.page.reload()
    await s.page.getByText('K7QP-2MXD').waitFor()
    await s.page.locator('synapse-pairings-card section:focus').waitFor()
    assert.equal(await s.page.title(), 'Waiting to connect – Synapse')
  },
)

for (const colorScheme of ['dark', 'light'] as const) {
  elementTest(
    `the navigation is accessible, ${colorScheme}`,
    async (s) => {
      await s.mount('synapse-navigation', { routes: TWO_PAGES })
      await assertAccessible(s.page, colorScheme, 'synapse-navigation')
    },
    { colorScheme, viewport: { width: 312, height: 200 } },
  )
}
