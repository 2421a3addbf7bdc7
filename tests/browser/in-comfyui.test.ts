/** The panel as a guest in ComfyUI's page. */
import assert from 'node:assert/strict'
import { appTest, useBrowser } from './_support/browser.ts'
import { ON_FLUX, profilesStatus } from './_support/fixtures.ts'

useBrowser()

interface ComfyDouble {
  readonly reached: string[]
  readonly executed: string[]
  readonly tabs: { readonly id: string }[]
  open(): void
}

declare global {
  interface Window {
    comfy: ComfyDouble
    comfyLocale?: string
  }
}

appTest('registers one tab and keeps its element when it is drawn again', async (s) => {
  await s.openPanel()
  await s.page.getByLabel('Search packs').fill('flux')
  await s.page.evaluate(() => window.comfy.open())
  assert.equal(await s.page.getByLabel('Search packs').inputValue(), 'flux')
  assert.equal(await s.page.locator('synapse-app').count(), 1)
  assert.deepEqual(await s.page.evaluate(() => window.comfy.tabs.map(({ id }) => id)), ['synapse'])
})

appTest('leaves address, title and history of ComfyUI’s page alone', async (s) => {
  await s.openPanel()
  const before = await s.page.evaluate(() => [location.href, history.length])
  await s.page.getByText('Anime XL').waitFor()
  assert.equal(await s.page.title(), 'ComfyUI double')
  // An address in the style of our page's means nothing here.
  await s.page.evaluate(() => history.replaceState(null, '', '#/import'))
  await s.page.getByRole('button', { name: 'Refresh' }).click()
  await s.page.getByText('Anime XL').waitFor()
  const after = await s.page.evaluate(() => [location.href, history.length])
  assert.deepEqual(after, [`${String(before[0])}#/import`, before[1]])
  assert.equal(await s.page.locator('synapse-import-page').count(), 0)
})

appTest('state outlives a switch of tabs', async (s) => {
  await s.openPanel()
  await s.page.getByLabel('Search packs').fill('flux')
  await s.page.evaluate(() => document.querySelector('#sidebar')?.replaceChildren())
  await s.page.evaluate(() => window.comfy.open())
  assert.equal(await s.page.getByLabel('Search packs').inputValue(), 'flux')
})

appTest('works below a sub-path', async (s) => {
  await s.openPanel({ path: '/sub' })
  await s.page.getByText('Anime XL').waitFor()
})

appTest('refreshes the model lists of ComfyUI after its own switches only', async (s) => {
  await s.openPanel()
  await s.page.getByText('Anime XL').waitFor()
  s.double.emit({ type: 'profile.activated', ui: 'forge', profile: 'global' })
  s.double.answer('profiles.status', profilesStatus(ON_FLUX))
  s.double.emit({ type: 'profile.activated', ui: 'comfyui', profile: 'work__Flux Portraits' })
  s.double.emit({ type: 'view.changed', ui: 'comfyui', profile: 'work__Flux Portraits' })
  await s.page.waitForFunction(() => window.comfy.executed.length > 0)
  await s.page.getByText('1,215').waitFor()
  assert.deepEqual(s.double.posted, ['/synapse-shim/refresh'])
  assert.deepEqual(await s.page.evaluate(() => window.comfy.executed), [
    'Comfy.RefreshNodeDefinitions',
  ])
})

appTest('typing, copying and pasting in its fields do not reach the canvas', async (s) => {
  await s.openPanel()
  await s.page.getByLabel('Search packs').fill('flux')
  await s.page.keyboard.press('Control+A')
  await s.page.keyboard.press('Control+C')
  await s.page.keyboard.press('Control+V')
  await s.page.keyboard.press('r')
  await s.page.keyboard.press('Delete')
  assert.deepEqual(await s.page.evaluate(() => window.comfy.reached), [])
})

appTest('speaks the language of ComfyUI', async (s) => {
  await s.page.addInitScript(() => {
    window.comfyLocale = 'cs'
  })
  await s.openPanel()
  await s.page.getByText('viditelných modelů').waitFor()
})

appTest('asks nothing of the service until it is opened', async (s) => {
  await s.page.goto(`${s.double.url}/comfyui.html`)
  await s.page.waitForFunction(() => window.comfy.tabs.length > 0)
  await s.page.waitForTimeout(300)
  assert.deepEqual(s.double.asked, [])
  assert.deepEqual(s.double.streamStarts, [])
})
