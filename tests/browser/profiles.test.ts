/** Profiles are listed, put in order, changed and deleted, by pointer and by keyboard. */
import assert from 'node:assert/strict'
import type { AppFixture } from './_support/browser.ts'
import { appTest, useBrowser } from './_support/browser.ts'
import { elementTest } from './_support/element.ts'
import { pageOfProfiles, profileDetail, profileOf } from './_support/fixtures.ts'

useBrowser()

const PACKS = ['Anime XL', 'Architecture', 'Flux Portraits']

/** Global with three packs, a profile of the user's, and one that follows from a pack. */
async function openProfiles(s: AppFixture): Promise<void> {
  let packs = [...PACKS]
  s.double.answer(
    'profiles.list',
    pageOfProfiles([
      profileOf('global', { active_in_uis: ['comfyui'] }),
      profileOf('client', { packs: 1 }),
      profileOf('work__Flux Portraits'),
    ]),
  )
  s.double.answer('profiles.show', ({ params }) =>
    profileDetail(
      decodeURIComponent(params['name'] ?? ''),
      params['name'] === 'client' ? ['Anime XL'] : packs,
    ),
  )
  s.double.answer('profiles.edit', ({ params, body }) => {
    const move = body['move'] as { pack: string; before?: string } | undefined
    if (body['packs'] !== undefined) packs = body['packs'] as string[]
    if (move !== undefined) {
      const others = packs.filter((pack) => pack !== move.pack)
      const at = move.before === undefined ? others.length : others.indexOf(move.before)
      packs = others.toSpliced(at, 0, move.pack)
    }
    const gone = (body['remove'] ?? []) as string[]
    packs = packs.filter((pack) => !gone.includes(pack))
    return { dry_run: false, ...profileDetail(params['name'] ?? '', packs) }
  })
  await s.open()
  await s.page.getByRole('navigation', { name: 'Pages' }).getByText('Profiles').click()
  await s.page.locator('synapse-pack-order li').first().waitFor()
}

const rows = (s: AppFixture) => s.page.locator('synapse-pack-order li .name').allTextContents()
const lastEdit = (s: AppFixture) => s.double.askedFor('profiles.edit').at(-1)

appTest('lists profiles by names for people, the global one open', async (s) => {
  await openProfiles(s)
  const heads = await s.page.locator('synapse-profiles-page button.toggle .name').allTextContents()
  assert.deepEqual(heads, ['Global', 'client', 'Flux Portraits on top of Global'])
  assert.deepEqual(await rows(s), PACKS)
  await s.page.getByRole('button', { name: 'Flux Portraits on top' }).click()
  await s.page.getByText('Follows from the pack in use').waitFor()
  assert.equal(await s.page.locator('synapse-pack-order .actions').count(), 0)
})

appTest('moves a pack with Alt and the arrows, keeps the focus, and undoes it', async (s) => {
  await openProfiles(s)
  await s.page.locator('synapse-pack-order li').first().focus()
  await s.page.keyboard.press('Alt+ArrowDown')
  await s.page.getByText('Anime XL was moved.').waitFor()
  assert.deepEqual(lastEdit(s)?.body, { move: { pack: 'Anime XL', before: 'Flux Portraits' } })
  assert.deepEqual(await rows(s), ['Architecture', 'Anime XL', 'Flux Portraits'])
  await s.page.locator('li:focus', { hasText: 'Anime XL' }).waitFor()
  await s.page.keyboard.press('Alt+End')
  await s.page.locator('li:focus .place', { hasText: '3' }).waitFor()
  await s.page.getByRole('button', { name: 'Undo' }).last().click()
  while (lastEdit(s)?.body['packs'] === undefined) await s.page.waitForTimeout(20)
  assert.deepEqual(lastEdit(s)?.body['packs'], ['Architecture', 'Anime XL', 'Flux Portraits'])
})

appTest('makes moves one after the other that come faster than the answers', async (s) => {
  await openProfiles(s)
  await s.page.locator('synapse-pack-order li').first().focus()
  await s.page.keyboard.press('Alt+ArrowDown')
  await s.page.keyboard.press('Alt+ArrowDown')
  await s.page.locator('li:focus .place', { hasText: '3' }).waitFor()
  while (s.double.askedFor('profiles.edit').length < 2) await s.page.waitForTimeout(20)
  assert.deepEqual(lastEdit(s)?.body, { move: { pack: 'Anime XL', to: 'last' } })
  assert.deepEqual(await rows(s), ['Architecture', 'Flux Portraits', 'Anime XL'])
})

appTest('moves a pack by dragging it', async (s) => {
  await openProfiles(s)
  const row = (name: string) => s.page.locator('synapse-pack-order li', { hasText: name })
  await row('Flux Portraits').dragTo(row('Anime XL'), { targetPosition: { x: 40, y: 4 } })
  await s.page.getByText('Flux Portraits was moved.').waitFor()
  assert.deepEqual(lastEdit(s)?.body, { move: { pack: 'Flux Portraits', before: 'Anime XL' } })
  await row('Flux Portraits').dragTo(row('Architecture'), { targetPosition: { x: 40, y: 30 } })
  await s.page.locator('li:has-text("Flux Portraits") .place', { hasText: '3' }).waitFor()
  assert.deepEqual(lastEdit(s)?.body, { move: { pack: 'Flux Portraits', to: 'last' } })
})

appTest('takes packs out and in, and sets who wins', async (s) => {
  await openProfiles(s)
  await s.page.locator('synapse-pack-order li', { hasText: 'Architecture' }).focus()
  await s.page.keyboard.press('Delete')
  await s.page.getByText('Architecture is no longer in Global.').waitFor()
  await s.page.getByLabel('Add a pack').selectOption('Upscalers')
  await s.page.getByText('Upscalers is now in Global.').waitFor()
  assert.deepEqual(lastEdit(s)?.body, { add: ['Upscalers'] })
  await s.page.getByLabel('Where two packs').selectOption('The earlier pack wins')
  await s.page.getByText('From now on: The earlier pack wins.').waitFor()
  assert.deepEqual(lastEdit(s)?.body, { conflicts_mode: 'first_wins' })
})

appTest('creates, renames and deletes a profile; the global one stays', async (s) => {
  await openProfiles(s)
  assert.equal(await s.page.getByRole('button', { name: 'Delete' }).count(), 0)
  s.double.answer('profiles.create', ({ body }) => ({
    dry_run: false,
    ...profileDetail(String(body['name']), []),
  }))
  await s.page.getByRole('button', { name: 'New profile' }).click()
  await s.page.getByLabel('Name of the profile').fill('wedding')
  await s.page.keyboard.press('Enter')
  await s.page.getByText('wedding was created.').waitFor()
  assert.deepEqual(s.double.askedFor('profiles.create')[0]?.body, { name: 'wedding' })
  await s.page.getByRole('button', { name: 'client' }).click()
  await s.page.getByRole('button', { name: 'Rename' }).click()
  await s.page.getByLabel('Name of the profile').fill('job')
  await s.page.getByRole('button', { name: 'Rename' }).click()
  await s.page.getByText('client is now called job.').waitFor()
  assert.deepEqual(lastEdit(s)?.body, { rename_to: 'job' })
  s.double.answer('profiles.delete', ({ params, query }) => ({
    dry_run: query['dry_run'] === 'true',
    profile: params['name'] ?? '',
    goes_back_in_uis: ['comfyui'],
  }))
  const client = s.page.getByRole('button', { name: 'client' })
  await s.page.locator('button[aria-expanded="false"]', { hasText: 'client' }).waitFor()
  await client.click()
  await s.page.getByRole('button', { name: 'Delete' }).click()
  const dialog = s.page.locator('synapse-dialog')
  await dialog.getByText('Goes back a step in: comfyui.').waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await s.page.getByText('client was deleted.').waitFor()
})

elementTest('the order of packs says where a pack went, and moves it no further', async (s) => {
  await s.mount('synapse-pack-order', {})
  await s.page.evaluate(`document.querySelector('synapse-pack-order') ??
    document.body.firstElementChild.querySelector('synapse-pack-order')`)
  await s.page.locator('synapse-pack-order').evaluate((element) => {
    ;(element as HTMLElement & { packs: string[] }).packs = ['A', 'B']
  })
  await s.page.locator('li', { hasText: 'B' }).focus()
  await s.page.keyboard.press('Alt+ArrowDown')
  assert.deepEqual(await s.heard(), [], 'it is the last already')
  await s.page.keyboard.press('Alt+ArrowUp')
  await s.page.getByText('B, 1 of 2').waitFor()
  const heard = await s.heard()
  assert.deepEqual(heard, [
    { type: 'synapse-move-pack', pack: 'B', before: 'A', packs: ['B', 'A'] },
  ])
})
