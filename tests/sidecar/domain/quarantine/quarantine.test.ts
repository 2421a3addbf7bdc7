import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../../../schemas/errors.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const PLACE = 'data/views/comfyui/profiles/only__Ink/models/loras/ink.safetensors'
const THEIRS = 'made by the user'
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

interface Setup extends TestSynapse {
  readonly id: string
  /** Where the file stood. */
  readonly path: string
}

/** A store with one file in quarantine, its place taken by a link. */
async function quarantined(t: TestContext): Promise<Setup> {
  const setup = await createTestSynapse(t)
  await setup.import({ paths: [setup.file('loras/ink.safetensors', 'ink')], pack: 'Ink' })
  const path = join(setup.root, PLACE)
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, THEIRS)
  fs.utimesSync(path, 1, 1)
  await setup.client.call('profiles.use', { body: { pack: 'Ink', only: true } })
  const { items } = await setup.client.call('quarantine.list')
  assert.equal(items.length, 1)
  return { ...setup, path, id: items[0]?.id ?? '' }
}

const list = async ({ client }: TestSynapse) => (await client.call('quarantine.list')).items
const restore = ({ client, id }: Setup, body = {}) =>
  client.call('quarantine.restore', { params: { id }, body })
const discard = ({ client, id }: Setup, query = {}) =>
  client.call('quarantine.discard', { params: { id }, query })
const refusedWith = (code: string) => (error: unknown) =>
  error instanceof AppError && error.code === code

describe('quarantine', () => {
  it('is listed with where things stood, and counted in status', async (t) => {
    const setup = await quarantined(t)
    const [entry] = await list(setup)
    assert.deepEqual(
      [entry?.name, entry?.kind, entry?.from, entry?.files, entry?.size_bytes],
      ['ink.safetensors', 'file', PLACE, 1, THEIRS.length],
    )
    const { quarantine } = await setup.client.call('store.status')
    assert.deepEqual(quarantine, { entries: 1, bytes: THEIRS.length })
    const job = await setup.client.call('store.doctor', { body: {} })
    const { result } = await setup.wait(job)
    const { findings } = result as { findings: { check: string; message: string }[] }
    assert.match(
      findings.find((one) => one.check === 'quarantine')?.message ?? '',
      /synapse quarantine/u,
    )
  })

  for (const record of ['torn', 'gone', 'of a place outside']) {
    it(`lists every folder with bytes, its record ${record}`, async (t) => {
      const setup = await quarantined(t)
      const path = join(setup.root, 'data/quarantine', setup.id, 'origin.json')
      if (record === 'gone') fs.rmSync(path)
      else if (record === 'torn') fs.writeFileSync(path, '{"from": "da')
      else fs.writeFileSync(path, '{"from": "data/views/../../../etc/passwd"}')
      const [entry] = await list(setup)
      assert.equal(entry?.name, 'ink.safetensors')
      assert.equal(entry.from, PLACE, 'the journal knows')
    })
  }

  it('discards a link by its target, and brings it back', async (t) => {
    const setup = await quarantined(t)
    const link = join(setup.root, 'data/quarantine', setup.id, basename(setup.path))
    fs.unlinkSync(link)
    fs.symlinkSync('/somewhere/else', link)
    await discard(setup)
    assert.equal(fs.existsSync(dirname(link)), false)
    await setup.client.call('journal.undo', { params: { id: 'latest' }, body: {} })
    assert.equal(fs.readlinkSync(link), '/somewhere/else')
  })

  it('lists foreign entries, which can only be discarded', async (t) => {
    const setup = await createTestSynapse(t)
    const folder = join(setup.root, 'data/quarantine/by hand')
    fs.mkdirSync(join(folder, 'deep'), { recursive: true })
    fs.writeFileSync(join(folder, 'deep/a.safetensors'), 'a')
    fs.writeFileSync(join(folder, 'b.safetensors'), 'b')
    fs.writeFileSync(join(setup.root, 'data/quarantine/loose.safetensors'), 'loose')
    const entries = await list(setup)
    assert.deepEqual(
      entries.map((one) => [one.id, one.kind, one.files, one.from]),
      [
        ['by hand', 'folder', 2, null],
        ['loose.safetensors', 'file', 1, null],
      ],
    )
    const lost = { ...setup, id: 'by hand', path: '' }
    await assert.rejects(restore(lost), refusedWith('quarantine.no_origin'))
    const digests = ['a', 'b'].map(digestOf).join(',')
    await assert.rejects(discard(lost, { confirm_last_copy: digestOf('a') }))
    await discard(lost, { confirm_last_copy: digests })
    assert.equal((await setup.client.call('trash.list')).total, 2)
    assert.equal(fs.existsSync(folder), false)
  })

  it('restores under another name where its own is taken, and undo takes it back', async (t) => {
    const setup = await quarantined(t)
    await assert.rejects(restore(setup), refusedWith('view.path_taken'))
    const dry = await restore(setup, { as: 'mine.safetensors', dry_run: true })
    assert.equal(fs.existsSync(join(setup.root, dry.path)), false)
    const { path } = await restore(setup, { as: 'mine.safetensors' })
    assert.equal(path, dry.path)
    assert.equal(fs.readFileSync(join(dirname(setup.path), 'mine.safetensors'), 'utf8'), THEIRS)
    assert.deepEqual(await list(setup), [])
    const { items } = await setup.client.call('journal.list', {
      query: { op: 'quarantine.restore' },
    })
    await setup.client.call('journal.undo', { params: { id: items[0]?.id as never }, body: {} })
    assert.equal((await list(setup))[0]?.from, PLACE)
  })

  it('restores to where it stood once nothing stands there', async (t) => {
    const setup = await quarantined(t)
    await setup.client.call('packs.delete', { params: { name: 'Ink' } })
    const { path } = await restore(setup)
    assert.equal(path, PLACE)
    assert.equal(fs.readFileSync(setup.path, 'utf8'), THEIRS)
  })

  for (const as of ['../x.safetensors', 'a/b', '', '.']) {
    it(`refuses the name "${as}"`, async (t) => {
      const setup = await quarantined(t)
      await assert.rejects(restore(setup, { as }), refusedWith('input.invalid'))
    })
  }

  it('discards a last copy only when it is confirmed, and into the trash', async (t) => {
    const setup = await quarantined(t)
    await assert.rejects(discard(setup), refusedWith('blob.last_copy'))
    await assert.rejects(
      discard(setup, { confirm_last_copy: digestOf('other') }),
      refusedWith('blob.last_copy'),
    )
    assert.equal((await list(setup)).length, 1)
    await discard(setup, { confirm_last_copy: digestOf(THEIRS).slice(0, 12) })
    assert.deepEqual(await list(setup), [])
    const { items } = await setup.client.call('trash.list')
    assert.deepEqual(
      items.map((one) => [one.sha256, one.display_name]),
      [[digestOf(THEIRS), 'ink.safetensors']],
    )
    await setup.client.call('trash.restore', { params: { id: items[0]?.id as never }, body: {} })
    assert.equal(setup.synapse.services.store.reader.hasBlob(digestOf(THEIRS) as never), true)
  })

  it('answers for what is not there, and for names that are no entry', async (t) => {
    const setup = await quarantined(t)
    for (const id of ['nothing', 'NUL', '.synapse']) {
      await assert.rejects(restore({ ...setup, id }), refusedWith('quarantine.not_found'))
    }
  })
})
