/** Every state in dark and in light, as wide as a sidebar and wider: axe finds nothing. */
import { AppError } from '../../schemas/errors.ts'
import { assertAccessible } from './_support/accessibility.ts'
import { appTest, useBrowser, type AppFixture } from './_support/browser.ts'
import {
  IMPORT_RESULT,
  importJob,
  importPreview,
  manyPacks,
  ON_FLUX,
  pageOfPacks,
  pageOfProfiles,
  profileDetail,
  profileOf,
  profilesStatus,
  storeStatus,
  TROUBLES,
} from './_support/fixtures.ts'

useBrowser()

const STATES: Readonly<Record<string, (s: AppFixture) => Promise<void>>> = {
  'pack in use, issues open, a row hovered': async (s) => {
    s.double.answer(
      'profiles.status',
      profilesStatus({ ...ON_FLUX, ...TROUBLES, health: ['Odd.'] }),
    )
    s.double.answer('store.status', storeStatus({ notes: ['See `synapse doctor`.', 'Two.', '3.'] }))
    await s.open()
    await s.page.locator('li.pack').nth(4).hover()
    for (const summary of await s.page.locator('synapse-issues summary').all()) {
      await summary.click()
    }
  },
  empty: async (s) => {
    s.double.answer('packs.list', pageOfPacks([]))
    await s.open()
    await s.page.getByText('No packs yet.').waitFor()
  },
  error: async (s) => {
    s.double.answer('packs.list', () => {
      throw new AppError('disk.failed', 'The disk reports an error')
    })
    await s.open()
    await s.page.getByText('The disk reports an error').waitFor()
  },
  offline: async (s) => {
    s.double.answer('profiles.status', profilesStatus({ ...ON_FLUX, ...TROUBLES }))
    await s.open()
    await s.page.locator('li.pack').first().waitFor()
    await s.double.stop()
    await s.page.getByText('Synapse is not running').waitFor()
  },
  'profiles, one open, a new one being named': async (s) => {
    s.double.answer('profiles.list', pageOfProfiles([profileOf('global'), profileOf('work__Ink')]))
    s.double.answer('profiles.show', profileDetail('global', ['Anime XL', 'Upscalers']))
    await s.open()
    await s.page.getByRole('navigation', { name: 'Pages' }).getByText('Profiles').click()
    await s.page.locator('synapse-pack-order li').first().hover()
    await s.page.getByRole('button', { name: 'New profile' }).click()
    await s.page.getByLabel('Name of the profile').waitFor()
  },
  'plan dialog': async (s) => {
    await s.open()
    await s.page.locator('li.pack', { hasText: 'Flux Portraits' }).hover()
    await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
    await s.page.getByRole('dialog').waitFor()
  },
  toast: async (s) => {
    await s.open()
    await s.page.locator('li.pack', { hasText: 'Flux Portraits' }).hover()
    await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
    await s.page.getByRole('dialog').waitFor()
    await s.page.keyboard.press('Enter')
    await s.page.getByRole('button', { name: 'Undo' }).waitFor()
  },
  pairing: async (s) => {
    const expires_at = new Date(Date.now() + 300_000).toISOString()
    s.double.answer('auth.pair', { id: 'p', code: 'K7QP-2MXD', secret: 's', expires_at })
    s.double.answer('auth.pair_state', { state: 'waiting' })
    await s.page.goto(s.double.url)
    await s.page.getByText('synapse pair').waitFor()
  },
  'one page of many packs': async (s) => {
    const items = manyPacks(40)
    s.double.answer('packs.list', { total: 10_000, limit: 1000, offset: 1000, items })
    await s.open()
    await s.page.getByText('1,001–1,040 of 10,000').scrollIntoViewIfNeeded()
  },
  'import preview': async (s) => {
    s.double.answer('imports.preview', importPreview())
    await s.open()
    await s.page.getByLabel('Folder or file').fill('/home/me/models')
    await s.page.keyboard.press('Enter')
    await s.page.getByText('2 skipped').click()
  },
  'import running': async (s) => {
    s.double.answer('imports.preview', importPreview())
    s.double.answer('imports.start', importJob())
    await s.open()
    await s.page.getByLabel('Folder or file').fill('/home/me/models')
    await s.page.keyboard.press('Enter')
    await s.page.getByRole('button', { name: 'Import 4 files' }).click()
    await s.page.getByText('18.3 GB of 45.2 GB').waitFor()
  },
  'import done': async (s) => {
    const result = { ...IMPORT_RESULT }
    s.double.answer('imports.preview', importPreview())
    s.double.answer('imports.start', importJob({ state: 'succeeded', result }))
    await s.open()
    await s.page.getByLabel('Folder or file').fill('/home/me/models')
    await s.page.keyboard.press('Enter')
    await s.page.getByRole('button', { name: 'Import 4 files' }).click()
    await s.page.getByText('2 files imported').waitFor()
  },
}

for (const colorScheme of ['dark', 'light'] as const) {
  for (const width of [312, 700]) {
    for (const [state, show] of Object.entries(STATES)) {
      const named = `${state}, ${colorScheme}, ${String(width)} px`
      appTest(
        named,
        async (s) => {
          await show(s)
          await assertAccessible(s.page, named)
        },
        { colorScheme, viewport: { width, height: 900 } },
      )
    }
  }
}
