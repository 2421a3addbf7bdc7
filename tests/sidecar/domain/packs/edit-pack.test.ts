import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { deletePack } from '../../../../sidecar/domain/packs/delete-pack.ts'
import { edit, twoPacks } from '../../../_support/packs.ts'

describe('editPack', () => {
  it('renames onto nothing that is left of another pack', async (t) => {
    const setup = await twoPacks(t)
    fs.rmSync(setup.store.reader.paths.pack('Base' as PackName))
    await assert.rejects(edit(setup, 'Top', { rename_to: 'Base' }), { code: 'pack.name_taken' })
  })

  it('refuses to need a pack that is not there, and a circle', async (t) => {
    const setup = await twoPacks(t)
    await assert.rejects(edit(setup, 'Top', { pack_dependencies: ['No'] }), {
      code: 'pack.not_found',
    })
    await edit(setup, 'Top', { pack_dependencies: ['Base'] })
    await assert.rejects(edit(setup, 'Base', { pack_dependencies: ['Top'] }), {
      code: 'pack.cycle',
    })
  })

  it('changes a pack whose need has gone since, and keeps the need', async (t) => {
    const setup = await twoPacks(t)
    await edit(setup, 'Top', { pack_dependencies: ['Base'] })
    await deletePack(setup.ctx, 'test', { pack: 'Base' as PackName, dry_run: false })
    await edit(setup, 'Top', { description: 'words' })
    const pack = setup.store.reader.requirePack('Top' as PackName)
    assert.equal(pack.description, 'words')
    assert.deepEqual(
      pack.pack_dependencies.map((need) => need.pack_name),
      ['Base'],
    )
  })

  it('renames a pack for those that need it, and never into a circle', async (t) => {
    const setup = await twoPacks(t)
    await edit(setup, 'Top', { pack_dependencies: ['Base'] })
    await edit(setup, 'Base', { rename_to: 'Ground' })
    const { reader } = setup.store
    const needsOf = (name: string) =>
      reader.requirePack(name as PackName).pack_dependencies.map((need) => need.pack_name)
    assert.deepEqual(needsOf('Top'), ['Ground'])
    await deletePack(setup.ctx, 'test', { pack: 'Ground' as PackName, dry_run: false })
    await assert.rejects(edit(setup, 'Top', { rename_to: 'Ground' }), { code: 'pack.cycle' })
    assert.deepEqual(needsOf('Top'), ['Ground'])
  })
})
