import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { deletePack } from '../../../../sidecar/domain/packs/delete-pack.ts'
import { edit, twoPacks } from '../../../_support/packs.ts'

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
    await deletePack(world.ctx, 'test', { pack: 'Base' as PackName, dry_run: false })
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
    await deletePack(world.ctx, 'test', { pack: 'Ground' as PackName, dry_run: false })
    await assert.rejects(edit(world, 'Top', { rename_to: 'Ground' }), { code: 'pack.cycle' })
    assert.deepEqual(needsOf('Top'), ['Ground'])
  })
})
