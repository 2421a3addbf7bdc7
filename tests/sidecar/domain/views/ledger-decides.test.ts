/** Whose a link is says the ledger, not where the link leads. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { lineText } from '../../../../schemas/json.ts'
import type { ProfileName, UiName } from '../../../../schemas/ids.ts'
import { planView } from '../../../../sidecar/domain/views/plan-view.ts'
import { changeOf } from '../../../../sidecar/domain/views/view-change.ts'
import { applyView } from '../../../../sidecar/domain/views/apply-view.ts'
import { scanView } from '../../../../sidecar/domain/views/scan-view.ts'
import { createTestStore } from '../../../_support/test-store.ts'
import { freshFolder } from '../../../_support/volumes.ts'

const [UI, GLOBAL] = ['comfyui' as UiName, 'global' as ProfileName]
const VIEW = { ui: UI, profile: GLOBAL }
const NAME = 'models/loras/mine.safetensors'

/** A view in which a link leads to a file that is no blob. */
async function linkedOutside(t: TestContext) {
  const setup = await createTestStore(t)
  await setup.putPack('A', [setup.putBlob('1', 'a.safetensors')])
  const file = join(freshFolder(t), 'mine.safetensors')
  fs.writeFileSync(file, 'a model of a folder')
  const { paths } = setup.store
  const link = join(paths.view(UI, GLOBAL), NAME)
  fs.symlinkSync(file, link)
  const record = () => {
    const facts = { op: 'add', path: NAME, sha256: 'd'.repeat(64), kind: 'absolute_symlink' }
    fs.appendFileSync(paths.linkLedger(UI, GLOBAL), lineText({ ...facts, target: file }))
  }
  return { ...setup, reader: setup.store.reader, file, link, record }
}

test('a link that the ledger does not know is foreign', async (t) => {
  const { reader } = await linkedOutside(t)
  const { foreign, links } = scanView(reader, VIEW, 'full')
  assert.deepEqual([foreign.map(({ path }) => path), links.has(NAME)], [[NAME], false])
})

test('one that the ledger knows is ours, wherever it leads', async (t) => {
  const { reader, record } = await linkedOutside(t)
  record()
  const { foreign, links, untracked } = scanView(reader, VIEW, 'full')
  assert.deepEqual([foreign, untracked, links.get(NAME)?.sha256], [[], [], 'd'.repeat(64)])
})

test('it goes where no pack wants it, and its file stays', async (t) => {
  const { store, reader, record, link, file } = await linkedOutside(t)
  record()
  await store.transact('test', async (tx) => {
    const change = changeOf(planView(tx, { ui: UI, profile: GLOBAL, depth: 'full' }))
    await applyView(tx, change ?? assert.fail('nothing changes'))
    await tx.completePendingViews()
  })
  assert.equal(fs.lstatSync(link, { throwIfNoEntry: false }), undefined)
  assert.equal(fs.readFileSync(file, 'utf8'), 'a model of a folder')
  assert.equal(reader.knownView(UI, GLOBAL)?.links.has(NAME), false)
})

test('a link that was repointed since is foreign', async (t) => {
  const { reader, record, link } = await linkedOutside(t)
  record()
  fs.rmSync(link)
  fs.symlinkSync('/somewhere/else.safetensors', link)
  const { foreign, missing } = scanView(reader, VIEW, 'full')
  assert.deepEqual([foreign.map(({ path }) => path), missing], [[NAME], [NAME]])
})
