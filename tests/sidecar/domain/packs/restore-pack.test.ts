import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import type { PackExport } from '../../../../schemas/pack-export.ts'
import { restorePack } from '../../../../sidecar/domain/packs/restore-pack.ts'
import { undoOperation } from '../../../_support/undo-operation.ts'
import { exportedAlpha } from '../../../_support/packs.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

const NAME = 'Alpha' as PackName

function restore({ store }: TestStore, data: PackExport) {
  return store.transact('test', (tx) => restorePack(tx, data))
}

function document(extra: PackExport['files'] = [], pack = '{"name":"Alpha"}'): PackExport {
  const own = { path: 'pack.json', encoding: 'utf8', content: pack } as PackExport['files'][number]
  const files = [own, ...extra]
  return { schema: 'synapse.pack_export.v1', exported_at: '', name: NAME, files }
}

const file = (path: string, content = 'x', encoding = 'utf8') =>
  ({ path, content, encoding }) as PackExport['files'][number]

describe('restorePack', () => {
  it('makes the same bytes in another store; a second time nothing', async (t) => {
    const from = await createTestStore(t)
    const data = await exportedAlpha(from)
    const to = await createTestStore(t)

    const first = await restore(to, data)
    const operations = to.store.reader.journal.operations().length
    const second = await restore(to, data)

    assert.deepEqual(
      first.written,
      data.files.map((one) => one.path),
    )
    assert.deepEqual([first.files_here, first.missing.length], [0, 1])
    for (const path of first.written) {
      const at = (setup: TestStore) =>
        fs.readFileSync(join(setup.store.paths.packFolder(NAME), path))
      assert.deepEqual(at(to), at(from), path)
    }
    assert.deepEqual([second.written, second.unchanged], [[], first.written])
    assert.equal(to.store.reader.journal.operations().length, operations)
    assert.deepEqual(
      to.store.reader.profile('global' as never)?.packs.map((pack) => pack.name),
      [NAME],
    )
    const left = fs.readdirSync(to.store.paths.temporary)
    assert.deepEqual(
      left.filter((name) => !name.endsWith('.lock')),
      [],
    )
  })

  it('writes what is missing of a pack that is the same, and leaves profiles alone', async (t) => {
    const setup = await createTestStore(t)
    const data = await exportedAlpha(setup)
    setup.put('state/profiles/global/profile.json', '{"name":"global"}')
    fs.rmSync(setup.store.paths.at('state/packs/Alpha/resources'), { recursive: true })
    const result = await restore(setup, data)
    assert.deepEqual(result.written, ['resources/previews/one.png'])
    assert.equal(result.files_here, 1)
    assert.deepEqual(setup.store.reader.profile('global' as never)?.packs, [])
  })

  it('refuses a pack of other content, saying what differs', async (t) => {
    const setup = await createTestStore(t)
    const data = await exportedAlpha(setup)
    setup.put('state/packs/Alpha/workflows/flow.json', '{}')
    await assert.rejects(restore(setup, data), (error: { code: string; details: unknown }) => {
      assert.equal(error.code, 'pack.name_taken')
      assert.deepEqual(error.details, { differs: ['workflows/flow.json'] })
      return true
    })
  })

  it('refuses a name that another pack has but for its case', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('ALPHA', [])
    await assert.rejects(restore(setup, document()), { code: 'pack.name_taken' })
  })

  it('can be undone, leaving no folder', async (t) => {
    const from = await createTestStore(t)
    const data = await exportedAlpha(from)
    const to = await createTestStore(t)
    await restore(to, data)
    const operation = to.store.reader.journal.operations().at(-1)
    assert.ok(operation)
    await undoOperation(to.ctx, 'test', operation.begin.id)
    assert.ok(!fs.existsSync(to.store.paths.packFolder(NAME)))
    assert.deepEqual(to.store.reader.profile('global' as never)?.packs, [])
    await restore(to, data)
    assert.ok(to.store.reader.pack(NAME))
  })

  const bad: readonly (readonly [string, PackExport])[] = [
    ['a file beside the documents', document([file('secret.txt')])],
    ['a document in a folder of its name', document([file('pack.json/x')])],
    ['a path that leads out', document([file('resources/../../x')])],
    ['an absolute path', document([file('/resources/x')])],
    ['a device name', document([file('resources/con')])],
    ['a stream of NTFS', document([file('resources/a:b')])],
    ['a path twice', document([file('resources/a'), file('resources/a')])],
    ['a file that is a folder too', document([file('resources/a'), file('resources/a/b')])],
    ['bytes that are no base64', document([file('resources/a', '?', 'base64')])],
    ['text that is no Unicode', document([file('resources/a', '\uD800')])],
    ['no pack.json', { ...document(), files: [] }],
    ['a broken pack.json', document([], '{')],
    ['a broken lock.json', document([file('lock.json', '[]')])],
    ['a reserved name', { ...document(), name: 'restore' as PackName }],
    ['an unportable name', { ...document(), name: 'a?' as PackName }],
  ]
  for (const [what, data] of bad) {
    it(`refuses ${what} before anything is written`, async (t) => {
      const setup = await createTestStore(t)
      await assert.rejects(restore(setup, data), { code: 'export.invalid' })
      assert.deepEqual(fs.readdirSync(setup.store.paths.packs), [])
    })
  }

  it('refuses documents of a newer version', async (t) => {
    const newer = document([], '{"schema":"synapse.pack.v3","name":"Alpha"}')
    await assert.rejects(restore(await createTestStore(t), newer), { code: 'store.newer_format' })
  })
})
