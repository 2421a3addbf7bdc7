/** Packs are listed, planned, shown and only then used. */
import assert from 'node:assert/strict'
import { AppError } from '../../schemas/errors.ts'
import { appTest, useBrowser } from './_support/browser.ts'
import {
  ON_FLUX,
  PACKS,
  planOf,
  profilesStatus,
  switchResult,
  TROUBLES,
} from './_support/fixtures.ts'

useBrowser()

appTest('lists packs with files, sizes, what is missing and what is in use', async (s) => {
  s.double.answer('profiles.status', profilesStatus(ON_FLUX))
  await s.open()
  const row = (name: string) => s.page.locator('li.pack', { hasText: name })
  await row('Anime XL').getByText('5 files').waitFor()
  await row('Anime XL').getByText('12.1 GB').waitFor()
  await row('Ink and').getByText('2 missing').waitFor()
  await row('Flux Portraits').getByText('In use').waitFor()
  assert.equal(await s.page.locator('li.pack').count(), PACKS.length)
  assert.equal(await row('Flux Portraits').getAttribute('aria-current'), 'true')
})

appTest('the search narrows the list and says how many are left', async (s) => {
  await s.open()
  await s.page.getByLabel('Search packs').fill('upsc')
  await s.page.getByText('1 / 8').waitFor()
  assert.equal(await s.page.locator('li.pack').count(), 1)
  await s.page.getByLabel('Search packs').fill('nothing like it')
  await s.page.getByText('No pack matches “nothing like it”.').waitFor()
})

appTest('shows the plan first and sends its fingerprint with the switch', async (s) => {
  await s.open()
  await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
  const dialog = s.page.locator('synapse-plan-dialog')
  await dialog.getByText('11 models appear').waitFor()
  await dialog.getByText('and 3 more').waitFor()
  await dialog.getByText('2 models disappear').waitFor()
  assert.deepEqual(
    s.double.askedFor('profiles.use').map(({ body }) => body['dry_run']),
    [true],
  )
  s.double.answer('profiles.status', profilesStatus(ON_FLUX))
  await dialog.getByRole('button', { name: 'Use Flux Portraits' }).click()
  await s.page.getByText('comfyui now shows Flux Portraits.').waitFor()
  await s.page.getByText('Active pack').waitFor()
  const made = s.double.askedFor('profiles.use')[1]?.body
  assert.deepEqual(made, {
    pack: 'Flux Portraits',
    only: false,
    ui_set: 'comfyui',
    dry_run: false,
    expect: 'plan-1',
  })
})

appTest(
  'the plan names files of the person’s that are no longer visible, and what becomes of them',
  async (s) => {
    const place = 'data/views/comfyui/profiles/global/models/loras'
    const about = { ui: 'comfyui', profile: 'global', size_bytes: 1 }
    const out_of_sight = {
      total: 2,
      items: [
        {
          ...about,
          path: 'models/loras/brought.safetensors',
          place: `${place}/brought.safetensors`,
          taken_in: true,
          pack: 'Found in comfyui',
        },
        {
          ...about,
          path: 'models/loras/eyes.preview.png',
          place: `${place}/eyes.preview.png`,
          taken_in: false,
          stays_because: 'sidecar' as const,
        },
      ],
    }
    const plan = planOf('Flux Portraits', { out_of_sight })
    s.double.answer('profiles.use', switchResult(plan, true))
    await s.open()
    await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
    const dialog = s.page.locator('synapse-plan-dialog')
    await dialog.getByText('1 file of yours is imported').waitFor()
    await dialog.getByText('Found in comfyui').waitFor()
    await dialog.getByText('1 file of yours is no longer visible').waitFor()
    await dialog.getByText(`Belongs to a model beside it · ${place}/eyes.preview.png`).waitFor()
  },
)

appTest('files that are not shown and files in quarantine are said, with what to do', async (s) => {
  const file = {
    ui: 'comfyui',
    profile: 'only__Anime XL',
    path: 'models/loras/mine.safetensors',
    place: 'data/views/comfyui/profiles/only__Anime XL/models/loras/mine.safetensors',
    size_bytes: 1,
    taken_in: true,
    pack: 'Found in comfyui',
  }
  const status = profilesStatus({ hidden: { total: 1, items: [file] } })
  const quarantine = { entries: 2, bytes: 3_000_000 }
  s.double.answer('profiles.status', { ...status, quarantine })
  await s.open()
  await s.page.getByText('Your files in views that are not shown').click()
  await s.page.getByText(file.place).waitFor()
  await s.page.getByText('synapse doctor --adopt').waitFor()
  await s.page.getByText('Your files in quarantine').click()
  await s.page.getByText('3 MB in data/quarantine').waitFor()
  await s.page.getByText('synapse quarantine list').waitFor()
})

appTest('“use only this” asks for the pack alone', async (s) => {
  await s.open()
  await s.page.getByRole('button', { name: 'Use only Wan video' }).click()
  await s.page.getByRole('heading', { name: 'Use only Wan video?' }).waitFor()
  assert.equal(s.double.askedFor('profiles.use')[0]?.body['only'], true)
})

appTest('cancelling changes nothing', async (s) => {
  await s.open()
  await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
  await s.page.getByRole('button', { name: 'Cancel' }).click()
  await s.page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.equal(s.double.askedFor('profiles.use').length, 1)
})

appTest('a stale plan is shown anew, with a note, and can then be confirmed', async (s) => {
  await s.open()
  await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
  await s.page.getByText('11 models appear').waitFor()
  const now = {
    ...planOf('Flux Portraits', { appear: { total: 1, items: ['models/vae/ae.safetensors'] } }),
    fingerprint: 'plan-2',
  }
  s.double.answer('profiles.use', ({ body }) => {
    if (body['dry_run'] !== true && body['expect'] !== 'plan-2') {
      throw new AppError('plan.stale', 'The plan is out of date')
    }
    return switchResult(now, body['dry_run'] === true)
  })
  await s.page.keyboard.press('Enter')
  await s.page.getByText('Something changed meanwhile').waitFor()
  await s.page.getByText('1 model appears').waitFor()
  await s.page.keyboard.press('Enter')
  await s.page.getByText('comfyui now shows Flux Portraits.').waitFor()
  assert.equal(s.double.askedFor('profiles.use').at(-1)?.body['expect'], 'plan-2')
})

appTest('undo goes back by plan and fingerprint', async (s) => {
  await s.open()
  await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
  await s.page.getByRole('dialog').waitFor()
  await s.page.keyboard.press('Enter')
  const back = { ...planOf('Flux Portraits'), action: 'back' as const, fingerprint: 'back-1' }
  s.double.answer('profiles.back', ({ body }) => switchResult(back, body['dry_run'] === true))
  await s.page.getByRole('button', { name: 'Undo' }).click()
  await s.page.getByText('comfyui now shows').last().waitFor()
  await s.page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' })
  const sent = s.double.askedFor('profiles.back').map(({ body }) => body['expect'])
  assert.deepEqual(sent, [undefined, 'back-1'])
})

appTest('a switch that is refused says why and what to do', async (s) => {
  s.double.answer('profiles.use', () => {
    throw new AppError('view.path_taken', 'mine.safetensors is still being written', {
      hint: 'Wait until it is complete.',
    })
  })
  await s.open()
  await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
  await s.page.getByText('mine.safetensors is still being written').waitFor()
  await s.page.getByText('Wait until it is complete.').waitFor()
  assert.equal(await s.page.getByRole('dialog').count(), 0)
})

appTest('the plan names files that go to quarantine and models that stay away', async (s) => {
  const more = {
    absent: { total: 2, items: TROUBLES.absent ?? [] },
    shadowed: { total: 1, items: TROUBLES.shadowed ?? [] },
    foreign: {
      total: 2,
      items: [
        { path: 'models/loras/mine.safetensors', size_bytes: 5, in_the_way: true },
        { path: 'models/loras/other.txt', size_bytes: 5, in_the_way: false },
      ],
    },
  }
  s.double.answer('profiles.use', () => switchResult(planOf('Flux Portraits', more), true))
  await s.open()
  await s.page.getByRole('button', { name: 'Use Flux Portraits' }).click()
  const dialog = s.page.locator('synapse-plan-dialog')
  await dialog.getByText('1 file of yours moves to quarantine').waitFor()
  await dialog.getByText('A pickle file, which can run code').waitFor()
  await dialog.getByText('Flux Portraits takes precedence over Anime XL').waitFor()
  assert.equal(await dialog.getByText('other.txt').count(), 0)
})

appTest('back is disabled at the bottom of the stack and says why', async (s) => {
  await s.open()
  const back = s.page.getByRole('button', { name: 'Back' })
  await back.waitFor()
  assert.equal(await back.getAttribute('aria-disabled'), 'true')
  assert.equal(await back.getAttribute('title'), 'There is nothing to go back to')
  await back.click({ force: true })
  assert.equal(s.double.askedFor('profiles.back').length, 0)
})

appTest(
  'reset is disabled where it would change nothing, and offered where it repairs',
  async (s) => {
    await s.open()
    const reset = s.page.getByRole('button', { name: 'Reset' })
    assert.equal(await reset.getAttribute('aria-disabled'), 'true')
    assert.equal(await reset.getAttribute('title'), 'The global profile is already active')
    s.double.answer('profiles.status', profilesStatus({ health: ['1 link is not up to date.'] }))
    s.double.emit({ type: 'resync' })
    await s.page.getByText('1 link is not up to date.').waitFor()
    assert.equal(await reset.getAttribute('aria-disabled'), 'false')
  },
)

appTest('the chosen interface is remembered and is what a switch is for', async (s) => {
  await s.open()
  await s.page.getByRole('radio', { name: 'forge' }).click()
  await s.page.reload()
  await s.page.locator('synapse-ui-tabs').waitFor()
  assert.equal(
    await s.page.getByRole('radio', { name: 'forge' }).getAttribute('aria-checked'),
    'true',
  )
  await s.page.getByRole('button', { name: 'Use Wan video' }).click()
  await s.page.getByRole('dialog').waitFor()
  assert.equal(s.double.askedFor('profiles.use')[0]?.body['ui_set'], 'forge')
})

appTest('everything can be done by keyboard alone', async (s) => {
  await s.open()
  await s.page.locator('li.pack').first().waitFor()
  await s.page.keyboard.press('/')
  await s.page.keyboard.type('flux')
  assert.equal(await s.page.getByLabel('Search packs').inputValue(), 'flux')
  await s.page.keyboard.press('Escape')
  await s.page.keyboard.press('ArrowDown')
  await s.page.keyboard.press('ArrowDown')
  await s.page.keyboard.press('ArrowDown')
  await s.page.keyboard.press('Enter')
  await s.page.getByRole('heading', { name: 'Use Flux Portraits?' }).waitFor()
  for (let press = 0; press < 6; press += 1) {
    await s.page.keyboard.press('Tab')
    const behind = await s.page.evaluate(() => {
      let active = document.activeElement
      const trail: string[] = []
      for (; active; active = active.shadowRoot?.activeElement ?? null) trail.push(active.localName)
      return trail.length > 1 && !trail.includes('synapse-plan-dialog')
    })
    assert.equal(behind, false, 'the focus left the dialog')
  }
  await s.page.keyboard.press('Escape')
  await s.page.getByRole('dialog').waitFor({ state: 'detached' })
  await s.page.locator('li.pack:focus', { hasText: 'Flux Portraits' }).waitFor()
  await s.page.keyboard.press('Enter')
  await s.page.getByRole('dialog').waitFor()
  await s.page.keyboard.press('Enter')
  await s.page.getByText('comfyui now shows Flux Portraits.').waitFor()
})
