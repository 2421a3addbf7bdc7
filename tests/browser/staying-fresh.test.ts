/** What is shown follows what happens, and never claims what is not known. */
import assert from 'node:assert/strict'
import { AppError } from '../../schemas/errors.ts'
import { appTest, useBrowser } from './_support/browser.ts'
import { ON_FLUX, packOf, PACKS, pageOfPacks, profilesStatus } from './_support/fixtures.ts'

useBrowser()

appTest('an empty list says so and leads to the import', async (s) => {
  s.double.answer('packs.list', pageOfPacks([]))
  await s.open()
  await s.page.getByText('No packs yet.').waitFor()
  assert.equal(await s.page.getByLabel('Search packs').count(), 0, 'there is nothing to search')
  await s.page.getByRole('button', { name: 'Import models' }).click()
  await s.page.locator('#path:focus').waitFor()
})

appTest('a failed request is never drawn as empty', async (s) => {
  s.double.answer('packs.list', () => {
    throw new AppError('store.document_broken', 'pack.json cannot be read', { hint: 'Run doctor.' })
  })
  await s.open()
  await s.page.getByText('pack.json cannot be read').waitFor()
  await s.page.getByText('No model and no view was touched.').waitFor()
  assert.equal(await s.page.getByText('No packs yet.').isVisible(), false)
  s.double.answer('packs.list', pageOfPacks(PACKS))
  await s.page.getByRole('button', { name: 'Try again' }).click()
  await s.page.getByText('Anime XL').waitFor()
  assert.equal(await s.page.getByText('pack.json cannot be read').count(), 0)
})

appTest('a failure of two requests for one reason is shown once', async (s) => {
  const fail = () => {
    throw new AppError('store.document_broken', 'config.json cannot be read')
  }
  s.double.answer('packs.list', fail)
  s.double.answer('profiles.status', fail)
  await s.open()
  await s.page.getByText('config.json cannot be read').waitFor()
  await s.page.waitForTimeout(300)
  assert.equal(await s.page.getByText('config.json cannot be read').count(), 1)
})

appTest('without a store the one action is to create it', async (s) => {
  s.double.answer('profiles.status', () => {
    throw new AppError('store.not_initialized', 'There is no store yet')
  })
  s.double.answer('store.init', () => {
    s.double.answer('profiles.status', profilesStatus())
    return { dry_run: false, root: '/store', created: ['store'], already_there: false }
  })
  await s.open()
  await s.page.getByRole('button', { name: 'Create the store' }).click()
  await s.page.getByText('Anime XL').waitFor()
})

appTest('an event brings the list and the state up to date', async (s) => {
  await s.open()
  await s.page.getByText('Anime XL').waitFor()
  s.double.answer('packs.list', pageOfPacks([...PACKS, packOf('Brand new')]))
  s.double.emit({ type: 'pack.changed', pack: 'Brand new' })
  await s.page.getByText('Brand new').waitFor()
  s.double.answer('profiles.status', profilesStatus(ON_FLUX))
  s.double.emit({ type: 'profile.activated', ui: 'comfyui', profile: 'work__Flux Portraits' })
  await s.page.getByText('1,215').waitFor()
})

appTest('offline keeps the last content with its time, and comes back by itself', async (s) => {
  await s.open()
  await s.page.getByText('Anime XL').waitFor()
  s.double.answer('packs.list', pageOfPacks([...PACKS, packOf('Just emitted')]))
  s.double.emit({ type: 'pack.changed', pack: 'Just emitted' })
  await s.page.getByText('Just emitted').waitFor()
  await s.double.stop()
  await s.page.getByText('Synapse is not running').waitFor()
  await s.page.getByText(/Shown as it was at/u).waitFor()
  assert.equal(await s.page.getByText('Anime XL').isVisible(), true)
  assert.equal(await s.page.getByRole('button', { name: 'Use Anime XL' }).count(), 0)
  s.double.answer('packs.list', pageOfPacks([...PACKS, packOf('Made meanwhile')]))
  await s.double.start()
  s.page.setDefaultTimeout(15_000)
  await s.page.getByText('Synapse is not running').waitFor({ state: 'detached' })
  s.double.emit({ type: 'resync' })
  await s.page.getByText('Made meanwhile').waitFor()
  assert.equal(s.double.streamStarts.at(-1), 'boot-1')
})

appTest('a service that was never there is not drawn as empty', async (s) => {
  await s.open()
  await s.page.getByText('Anime XL').waitFor()
  for (const path of ['profiles/status', 'packs?**', 'jobs?**', 'events']) {
    await s.page.route(`**/api/${path}`, (route) => route.abort('connectionrefused'))
  }
  await s.page.reload()
  await s.page.getByText('Synapse is not running').waitFor()
  assert.equal(await s.page.getByText('No packs yet.').isVisible(), false)
})

appTest(
  'a stream that a server in front holds back is noticed, and switches show all the same',
  async (s) => {
    s.double.holdsStreams = true
    await s.open()
    await s.page.getByText('Anime XL').waitFor()
    s.double.answer('profiles.status', profilesStatus(ON_FLUX))
    s.double.emit({ type: 'profile.activated', ui: 'comfyui', profile: 'work__Flux Portraits' })
    await s.page.getByText('1,215').waitFor()
    assert.equal(await s.page.getByText('Synapse is not running').count(), 0)
  },
)

const fronts: Readonly<Record<string, [number, string, string]>> = {
  'a refusal of a server in front': [401, 'text/html', '<h1>401 Authorization Required</h1>'],
  'a refusal in JSON of a server in front': [401, 'application/json', '{"error":"login"}'],
  'a login page of a server in front': [200, 'text/html', '<form>Log in</form>'],
  'an error page of a server in front': [502, 'text/html', '<h1>502 Bad Gateway</h1>'],
}

for (const [what, [status, type, text]] of Object.entries(fronts)) {
  appTest(`${what} is reported as such, and the token stays`, async (s) => {
    await s.open()
    await s.page.getByText('Anime XL').waitFor()
    s.double.front = (response) => {
      response.writeHead(status, { 'Content-Type': type }).end(text)
    }
    s.double.breakStreams()
    await s.page
      .getByText(`A server in front of Synapse answered (HTTP ${String(status)})`)
      .waitFor()
    assert.equal(await s.page.getByText('synapse pair').count(), 0, 'the token was thrown away')
    s.double.front = null
    s.double.answer('packs.list', pageOfPacks([...PACKS, packOf('After the login')]))
    const back = s.page.getByText('After the login').waitFor()
    // The page may be back by itself before the click.
    const retry = s.page.getByRole('button', { name: 'Try again' }).first().click()
    await Promise.race([back, retry.catch(() => undefined)])
    await back
  })
}
