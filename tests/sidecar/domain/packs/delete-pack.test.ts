import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { PackName, UiName, Uuid } from '../../../../schemas/ids.ts'
import { deletePack } from '../../../../sidecar/domain/packs/delete-pack.ts'
import { useProfile } from '../../../../sidecar/domain/profiles/use-profile.ts'
import { undoOperation } from '../../../_support/undo-operation.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

const ALPHA = 'Alpha' as PackName
const BETA = 'Beta' as PackName
const COMFY = 'comfyui' as UiName

const use = ({ ctx }: TestStore, pack: PackName, ui: string) =>
  useProfile(ctx, 'test', {
    pack,
    only: false,
    sync: false,
    dry_run: false,
    ui_set: ui as never,
  })

function textsBelow(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => fs.statSync(join(folder, name)).isFile())
  return Object.fromEntries(
    files.map((name) => [name, fs.readFileSync(join(folder, name), 'utf8')]),
  )
}

/** Two packs; forge shows Beta above Alpha, comfyui shows Alpha. */
async function twoPacks(setup: TestStore) {
  const own = setup.putBlob('own', 'own.safetensors')
  const shared = setup.putBlob('shared', 'shared.safetensors')
  await setup.putPack(ALPHA, [own, shared])
  await setup.putPack(BETA, [shared])
  setup.put('state/packs/Alpha/resources/previews/x.txt', 'preview')
  await use(setup, ALPHA, 'comfyui')
  await use(setup, ALPHA, 'forge')
  await use(setup, BETA, 'forge')
  return { own, shared }
}

describe('deletePack', () => {
  it('says beforehand what it will do, and does nothing', async (t) => {
    const setup = await createTestStore(t)
    const { own } = await twoPacks(setup)
    const before = textsBelow(setup.store.paths.state)
    const plan = await deletePack(setup.ctx, 'test', { pack: ALPHA, dry_run: true })
    assert.deepEqual(plan, {
      dry_run: true,
      pack: ALPHA,
      removed_from_profiles: ['global', 'work__Beta'],
      goes_back_in_uis: ['comfyui'],
      removed_profiles: ['work__Alpha'],
      becomes_orphan: [{ sha256: own, display_name: 'own.safetensors' }],
    })
    assert.deepEqual(textsBelow(setup.store.paths.state), before)
  })

  it('goes back first, leaves every profile and stack, and keeps the models', async (t) => {
    const setup = await createTestStore(t)
    const { own } = await twoPacks(setup)
    const { reader, paths } = setup.store
    const result = await deletePack(setup.ctx, 'test', { pack: ALPHA, dry_run: false })

    assert.equal(reader.pack(ALPHA), null)
    assert.deepEqual(reader.profileNames(), ['global', 'work__Beta'])
    assert.deepEqual(
      reader.profile('global' as never)?.packs.map((pack) => pack.name),
      [BETA],
    )
    assert.deepEqual(reader.stack(COMFY), ['global'])
    assert.deepEqual(reader.stack('forge' as UiName), ['global', 'work__Beta'])
    assert.equal(reader.activeProfile(COMFY), 'global')
    assert.ok(reader.hasBlob(own))
    assert.ok(!fs.existsSync(paths.view(COMFY, 'work__Alpha' as never)))
    assert.ok(!fs.existsSync(paths.view('forge' as UiName, 'work__Alpha' as never)))
    const loras = join(paths.active(COMFY), 'models/loras')
    assert.deepEqual(fs.readdirSync(loras), ['shared.safetensors'])
    assert.deepEqual(reader.trashIds(), [])
    assert.ok(result.journal_id)
    assert.deepEqual(setup.events.at(-1), {
      type: 'profile.activated',
      ui: COMFY,
      profile: 'global',
    })
  })

  it('is one switch and one operation, which is undone to the byte', async (t) => {
    const setup = await createTestStore(t)
    await twoPacks(setup)
    const { reader, paths } = setup.store
    const before = textsBelow(paths.state)
    const operations = reader.journal.operations().length
    const result = await deletePack(setup.ctx, 'test', { pack: ALPHA, dry_run: false })
    assert.deepEqual(
      reader.journal
        .operations()
        .slice(operations)
        .map((operation) => operation.begin.op),
      ['profile.switch', 'pack.delete'],
    )
    await undoOperation(setup.ctx, 'test', result.journal_id as Uuid)
    assert.deepEqual(textsBelow(paths.state), before)
    assert.deepEqual(fs.readdirSync(paths.trash), [])
    const loras = fs.readdirSync(join(paths.active(COMFY), 'models/loras'))
    assert.deepEqual(loras, ['own.safetensors', 'shared.safetensors'])
  })

  it('deletes a pack that cannot be read', async (t) => {
    const setup = await createTestStore(t)
    setup.put('state/packs/Alpha/pack.json', '{')
    await deletePack(setup.ctx, 'test', { pack: ALPHA, dry_run: false })
    assert.deepEqual(setup.store.reader.packNames(), [])
  })

  it('calls nothing an orphan while another lock cannot be read', async (t) => {
    const setup = await createTestStore(t)
    await twoPacks(setup)
    setup.put('state/packs/Third/lock.json', '{')
    const plan = await deletePack(setup.ctx, 'test', { pack: ALPHA, dry_run: true })
    assert.deepEqual(plan.becomes_orphan, [])
  })

  it('refuses a pack that is not there', async (t) => {
    const { ctx } = await createTestStore(t)
    const refused = deletePack(ctx, 'test', { pack: ALPHA, dry_run: false })
    await assert.rejects(refused, { code: 'pack.not_found' })
  })
})
