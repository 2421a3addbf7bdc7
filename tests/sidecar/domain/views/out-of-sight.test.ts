import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import type { Answer } from '../../../../schemas/endpoints.ts'
import type { HiddenFiles } from '../../../../schemas/view-files.ts'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { viewOf, writeRested } from '../../../_support/interface-files.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const LORAS = 'models/loras'
const NEW = safetensors('brought by the interface')
const SAVED = safetensors('saved over the link, and longer')

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const isLinkTo = (path: string, bytes: Uint8Array) =>
  fs.lstatSync(path).isSymbolicLink() && fs.readlinkSync(path).endsWith(digestOf(bytes))

/** A store with two packs, of which P alone is shown. */
async function shown(t: TestContext): Promise<TestSynapse> {
  const setup = await createTestSynapse(t)
  for (const pack of ['P', 'Q']) {
    await setup.import({ paths: [setup.file(`loras/${pack}.safetensors`, pack)], pack })
  }
  await use(setup, 'P')
  return setup
}

const use = ({ client }: TestSynapse, pack: string, dry_run = false) =>
  client.call('profiles.use', { body: { pack, only: true, ui_set: 'comfyui', dry_run } })

const hiddenIn = ({ plan }: Answer<'profiles.use'>) => reported(plan.uis[0]?.out_of_sight)

/** Path → what becomes of the file. */
function reported(files: HiddenFiles | undefined): Record<string, string | undefined> {
  const rows = files?.items.map((one) => [one.path, one.taken_in ? one.pack : one.stays_because])
  return Object.fromEntries(rows ?? []) as Record<string, string | undefined>
}

async function adopted(setup: TestSynapse, id: string | undefined): Promise<void> {
  assert.ok(id, 'a job takes files in')
  const { result } = await setup.wait({ id })
  assert.deepEqual(result?.['failed'], [])
}

const hiddenNow = async ({ client }: TestSynapse) =>
  reported((await client.call('store.status')).ui['comfyui']?.hidden)

describe('a model that an interface wrote into the view of a profile', () => {
  it('is named by the plan, and taken into the store when it is no longer visible', async (t) => {
    const setup = await shown(t)
    const path = viewOf(setup.root, 'only__P', `${LORAS}/people/new.safetensors`)
    writeRested(path, NEW)
    const plan = await use(setup, 'Q', true)
    assert.deepEqual(hiddenIn(plan), {
      [`${LORAS}/people/new.safetensors`]: 'Found in comfyui',
    })
    const file = plan.plan.uis[0]?.out_of_sight?.items[0]
    assert.equal(file?.place, `data/views/comfyui/profiles/only__P/${LORAS}/people/new.safetensors`)
    assert.equal(file.size_bytes, NEW.length)
    assert.equal(plan.adopt_job, undefined)
    assert.ok(fs.lstatSync(path).isFile(), 'a dry run takes nothing in')

    const done = await use(setup, 'Q')
    assert.deepEqual(hiddenIn(done), hiddenIn(plan))
    await adopted(setup, done.adopt_job)
    await setup.client.call('profiles.reset', { body: {} })
    assert.ok(isLinkTo(viewOf(setup.root, 'global', `${LORAS}/people/new.safetensors`), NEW))
    assert.equal(fs.lstatSync(path, { throwIfNoEntry: false }), undefined)
    assert.deepEqual(await hiddenNow(setup), {})
  })

  for (const how of ['back', 'reset', 'activate'] as const) {
    it(`by ${how}, too`, async (t) => {
      const setup = await shown(t)
      writeRested(viewOf(setup.root, 'only__P', `${LORAS}/new.safetensors`), NEW)
      const away = (dry_run: boolean) => {
        const body = { ui_set: 'comfyui' as never, dry_run }
        if (how !== 'activate') return setup.client.call(`profiles.${how}`, { body })
        return setup.client.call('profiles.activate', { body: { ...body, profile: 'global' } })
      }
      const expected = { [`${LORAS}/new.safetensors`]: 'Found in comfyui' }
      assert.deepEqual(hiddenIn(await away(true)), expected)
      const done = await away(false)
      assert.deepEqual(hiddenIn(done), expected)
      await adopted(setup, done.adopt_job)
      assert.ok(isLinkTo(viewOf(setup.root, 'global', `${LORAS}/new.safetensors`), NEW))
    })
  }

  it('by an undo of the switch, too', async (t) => {
    const setup = await shown(t)
    writeRested(viewOf(setup.root, 'only__P', `${LORAS}/new.safetensors`), NEW)
    const { items } = await setup.client.call('journal.list')
    const entry = items.find(({ op }) => op === 'profile.switch')
    assert.ok(entry)
    await setup.client.call('journal.undo', { params: { id: entry.id }, body: {} })
    const jobs = await setup.client.call('jobs.list', { query: {} })
    await adopted(setup, jobs.items.find(({ kind }) => kind === 'view.adopt')?.id)
    assert.ok(isLinkTo(viewOf(setup.root, 'global', `${LORAS}/new.safetensors`), NEW))
  })

  it('by the deletion of its pack, too; nothing of the view is left', async (t) => {
    const setup = await shown(t)
    writeRested(viewOf(setup.root, 'only__P', `${LORAS}/new.safetensors`), NEW)
    const params = { name: 'P' }
    const plan = await setup.client.call('packs.delete', { params, query: { dry_run: true } })
    assert.deepEqual(reported(plan.out_of_sight), {
      [`${LORAS}/new.safetensors`]: 'Found in comfyui',
    })
    const done = await setup.client.call('packs.delete', { params })
    assert.deepEqual(reported(done.out_of_sight), reported(plan.out_of_sight))
    await adopted(setup, done.adopt_job)
    assert.ok(isLinkTo(viewOf(setup.root, 'global', `${LORAS}/new.safetensors`), NEW))
    assert.equal(fs.existsSync(viewOf(setup.root, 'only__P')), false)
  })

  it('that was saved over a link becomes the file of that pack', async (t) => {
    const setup = await shown(t)
    const path = viewOf(setup.root, 'only__P', `${LORAS}/P.safetensors`)
    fs.rmSync(path)
    writeRested(path, SAVED)
    const plan = await use(setup, 'Q', true)
    assert.deepEqual(hiddenIn(plan), { [`${LORAS}/P.safetensors`]: 'P' })
    assert.equal(plan.plan.uis[0]?.out_of_sight?.items[0]?.replaces_link, true)
    await adopted(setup, (await use(setup, 'Q')).adopt_job)
    assert.ok(isLinkTo(path, SAVED))
    await setup.client.call('profiles.reset', { body: {} })
    assert.ok(isLinkTo(viewOf(setup.root, 'global', `${LORAS}/P.safetensors`), SAVED))
  })

  it('stays in sight, and is not named, where the view stays', async (t) => {
    const setup = await shown(t)
    writeRested(viewOf(setup.root, 'only__P', `${LORAS}/new.safetensors`), NEW)
    const done = await use(setup, 'P')
    assert.deepEqual(hiddenIn(done), {})
    assert.equal(done.adopt_job, undefined)
  })
})

describe('a file that is no longer visible and is not taken in', () => {
  const files: Readonly<
    Record<string, [path: string, bytes: string | Uint8Array, ageMs?: number]>
  > = {
    sidecar: [`${LORAS}/P.preview.png`, 'a picture'],
    not_a_model: ['models/notes.doc', 'notes'],
    pickle: [`${LORAS}/old.pt`, 'pickled'],
    empty: [`${LORAS}/empty.safetensors`, ''],
    no_folder: ['models/new.safetensors', NEW],
    unfinished: [`${LORAS}/half.safetensors.part`, 'half'],
    torn: [`${LORAS}/half.safetensors`, NEW.subarray(0, NEW.length - 3)],
    just_written: [`${LORAS}/fresh.safetensors`, NEW, 0],
  }
  for (const [reason, [path, bytes, ageMs]] of Object.entries(files)) {
    it(`stays, and the plan and the status say where: ${reason}`, async (t) => {
      const setup = await shown(t)
      writeRested(viewOf(setup.root, 'only__P', path), bytes, ageMs)
      assert.deepEqual(hiddenIn(await use(setup, 'Q', true)), { [path]: reason })
      const done = await use(setup, 'Q')
      assert.deepEqual(hiddenIn(done), { [path]: reason })
      assert.equal(done.adopt_job, undefined)
      assert.deepEqual(await hiddenNow(setup), { [path]: reason })
      // Also once nothing in the view has changed for long.
      await setup.client.call('profiles.sync', { body: {} })
      await use(setup, 'P')
      await use(setup, 'Q')
      assert.deepEqual(await hiddenNow(setup), { [path]: reason })
      assert.deepEqual(fs.readFileSync(viewOf(setup.root, 'only__P', path)), Buffer.from(bytes))
    })
  }

  it('a part of a model that is a folder', async (t) => {
    const setup = await shown(t)
    const folder = 'models/text_encoders/big'
    writeRested(viewOf(setup.root, 'only__P', `${folder}/model.safetensors`), NEW)
    writeRested(viewOf(setup.root, 'only__P', `${folder}/config.json`), '{}')
    assert.deepEqual(hiddenIn(await use(setup, 'Q', true)), {
      [`${folder}/config.json`]: 'not_a_model',
      [`${folder}/model.safetensors`]: 'folder_model',
    })
  })

  it('a foreign link, and an incomplete file saved over a link', async (t) => {
    const setup = await shown(t)
    const [link, torn] = ['other.safetensors', 'P.safetensors'].map((name) => `${LORAS}/${name}`)
    fs.symlinkSync(setup.file('own.safetensors', NEW), viewOf(setup.root, 'only__P', link))
    fs.rmSync(viewOf(setup.root, 'only__P', torn))
    writeRested(viewOf(setup.root, 'only__P', torn), SAVED.subarray(0, SAVED.length - 3))
    assert.deepEqual(hiddenIn(await use(setup, 'Q', true)), {
      [link ?? '']: 'link',
      [torn ?? '']: 'torn',
    })
  })

  it('one that has other names, and one that a program still writes to', async (t) => {
    const setup = await shown(t)
    const path = (name: string) => viewOf(setup.root, 'only__P', `${LORAS}/${name}.safetensors`)
    writeRested(path('twice'), NEW)
    fs.linkSync(path('twice'), `${setup.folder}/other-name`)
    const expected: Record<string, string> = { [`${LORAS}/twice.safetensors`]: 'hard_linked' }
    if (process.platform === 'linux') {
      writeRested(path('open'), SAVED)
      const fd = fs.openSync(path('open'), 'r+')
      t.after(() => {
        fs.closeSync(fd)
      })
      expected[`${LORAS}/open.safetensors`] = 'in_use'
    }
    assert.deepEqual(hiddenIn(await use(setup, 'Q', true)), expected)
  })

  it('stays also after its pack was deleted, and is said then', async (t) => {
    const setup = await shown(t)
    const path = `${LORAS}/P.preview.png`
    writeRested(viewOf(setup.root, 'only__P', path), 'a picture')
    const done = await setup.client.call('packs.delete', { params: { name: 'P' } })
    assert.deepEqual(reported(done.out_of_sight), { [path]: 'sidecar' })
    assert.equal(fs.readFileSync(viewOf(setup.root, 'only__P', path), 'utf8'), 'a picture')
    assert.deepEqual(Object.keys(await hiddenNow(setup)), [path])
  })
})

describe('doctor', () => {
  it('says of each file in a view what it is and what can be done about it', async (t) => {
    const setup = await shown(t)
    const at = (name: string) => viewOf(setup.root, 'only__P', `${LORAS}/${name}`)
    writeRested(at('new.safetensors'), NEW)
    writeRested(at('P.preview.png'), 'a picture')
    const found = async () => {
      const job = await setup.client.call('store.doctor', { body: {} })
      const { findings } = (await setup.wait(job)).result as DoctorReport
      return findings.filter(({ message }) => message.includes('put there by another program'))
    }
    const tellOf = async (name: string) =>
      (await found()).find(({ path }) => path?.endsWith(name))?.message ?? ''
    assert.match(await tellOf('new.safetensors'), /imported when its view is no longer active/u)
    assert.match(await tellOf('P.preview.png'), /move it to where you want it/u)
    assert.equal((await found()).length, 2)
    writeRested(viewOf(setup.root, 'only__Old', `${LORAS}/left.safetensors`), SAVED)
    assert.match(await tellOf('left.safetensors'), /where no interface looks now.*doctor --adopt/u)
  })
})

describe('a ledger from before foreign files were recorded', () => {
  it('hides none of them', async (t) => {
    const setup = await shown(t)
    const path = `${LORAS}/notes.txt`
    writeRested(viewOf(setup.root, 'only__P', path), 'notes')
    await use(setup, 'P')
    const ledger = `${setup.root}/data/ledger/links/comfyui/only__P.jsonl`
    const text = fs.readFileSync(ledger, 'utf8')
    fs.writeFileSync(ledger, text.replaceAll(/,"others":\[[^\]]*\]/gu, ''))
    assert.deepEqual(hiddenIn(await use(setup, 'Q', true)), { [path]: 'not_a_model' })
  })
})
