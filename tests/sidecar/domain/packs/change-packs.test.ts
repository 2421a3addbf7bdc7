import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import type { PackName } from '../../../../schemas/ids.ts'
import { PackCreate, PackEdit } from '../../../../schemas/pack.ts'
import { addToPack, createPack, editPack } from '../../../../sidecar/domain/packs/change-packs.ts'
import { deletePack } from '../../../../sidecar/domain/packs/delete-pack.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

async function twoPacks(t: Parameters<typeof createTestStore>[0]): Promise<TestStore> {
  const world = await createTestStore(t)
  await world.putPack('Base', [world.putBlob('1', 'a.safetensors')])
  await world.putPack('Top', [world.putBlob('2', 'b.safetensors')])
  return world
}

const edit = ({ store }: TestStore, name: string, body: object) =>
  store.transact('test', (tx) => editPack(tx, name as PackName, v.parse(PackEdit, body)))

describe('createPack', () => {
  const create = ({ store }: TestStore, name: string) =>
    store.transact('test', (tx) => createPack(tx, v.parse(PackCreate, { name })))

  it('makes a pack again of what was left without its pack.json', async (t) => {
    const world = await twoPacks(t)
    const { reader } = world.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    await create(world, 'Base')
    assert.equal(reader.requirePack('Base' as PackName).name, 'Base')
    assert.deepEqual(reader.lock('Base' as PackName)?.resolved, [])
    await assert.rejects(create(world, 'Base'), { code: 'pack.name_taken' })
  })

  it('writes over no lock that cannot be read', async (t) => {
    const world = await twoPacks(t)
    const { reader } = world.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    fs.writeFileSync(reader.paths.packLock('Base' as PackName), '{"torn')
    await assert.rejects(create(world, 'Base'), { code: 'store.document_broken' })
    assert.equal(reader.text(reader.paths.packLock('Base' as PackName)), '{"torn')
  })

  it('refuses a name that reads like that of another pack', async (t) => {
    const world = await twoPacks(t)
    for (const name of ['Ba\u200bse', 'base\ufeff', '\u2060BASE', 'Ba\u00adse', 'Base\u{e0041}']) {
      await assert.rejects(create(world, name), { code: 'pack.name_taken' }, JSON.stringify(name))
      await assert.rejects(edit(world, 'Top', { rename_to: name }), { code: 'pack.name_taken' })
    }
    await create(world, 'Bas\u200be2')
    await assert.rejects(create(world, 'Base2'), { code: 'pack.name_taken' })
    await edit(world, 'Bas\u200be2', { rename_to: 'Base2' })
    assert.ok(world.store.reader.packNames().includes('Base2' as PackName))
  })

  it('refuses a name that differs in case from what is left of a pack', async (t) => {
    const world = await twoPacks(t)
    fs.rmSync(world.store.reader.paths.pack('Base' as PackName))
    await assert.rejects(create(world, 'BASE'), { code: 'pack.name_taken' })
  })
})

describe('addToPack', () => {
  it('fills what was left of a pack without its pack.json', async (t) => {
    const world = await twoPacks(t)
    const { reader } = world.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    const sha256 = world.putBlob('3', 'c.safetensors')
    const file = {
      kind: 'lora',
      name: 'c.safetensors',
      sha256,
      kind_guessed: false,
      claims_path: false,
    }
    await world.store.transact('test', (tx) => addToPack(tx, 'Base' as PackName, [file]))
    assert.equal(reader.requirePack('Base' as PackName).dependencies.length, 1)
  })
})

describe('editPack', () => {
  it('renames onto nothing that is left of another pack', async (t) => {
    const world = await twoPacks(t)
    fs.rmSync(world.store.reader.paths.pack('Base' as PackName))
    await assert.rejects(edit(world, 'Top', { rename_to: 'Base' }), { code: 'pack.name_taken' })
  })

  it('refuses to need a pack that is not there, and a circle', async (t) => {
    const world = await twoPacks(t)
    await assert.rejects(edit(world, 'Top', { pack_dependencies: ['No'] }), {
      code: 'pack.not_found',
    })
    await edit(world, 'Top', { pack_dependencies: ['Base'] })
    await assert.rejects(edit(world, 'Base', { pack_dependencies: ['Top'] }), {
      code: 'pack.cycle',
    })
  })

  it('changes a pack whose need has gone since, and keeps the need', async (t) => {
    const world = await twoPacks(t)
    await edit(world, 'Top', { pack_dependencies: ['Base'] })
    await deletePack(world.ctx, 'test', 'Base' as PackName, { dry_run: false })
    await edit(world, 'Top', { description: 'words' })
    const pack = world.store.reader.requirePack('Top' as PackName)
    assert.equal(pack.description, 'words')
    assert.deepEqual(
      pack.pack_dependencies.map((need) => need.pack_name),
      ['Base'],
    )
  })

  it('renames a pack for those that need it, and never into a circle', async (t) => {
    const world = await twoPacks(t)
    await edit(world, 'Top', { pack_dependencies: ['Base'] })
    await edit(world, 'Base', { rename_to: 'Ground' })
    const { reader } = world.store
    const needsOf = (name: string) =>
      reader.requirePack(name as PackName).pack_dependencies.map((need) => need.pack_name)
    assert.deepEqual(needsOf('Top'), ['Ground'])
    await deletePack(world.ctx, 'test', 'Ground' as PackName, { dry_run: false })
    await assert.rejects(edit(world, 'Top', { rename_to: 'Ground' }), { code: 'pack.cycle' })
    assert.deepEqual(needsOf('Top'), ['Ground'])
  })
})
