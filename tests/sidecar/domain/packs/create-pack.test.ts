import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import type { PackName } from '../../../../schemas/ids.ts'
import { PackCreate } from '../../../../schemas/pack.ts'
import { createPack } from '../../../../sidecar/domain/packs/create-pack.ts'
import { edit, twoPacks } from '../../../_support/packs.ts'
import type { TestStore } from '../../../_support/test-store.ts'

describe('createPack', () => {
  const create = ({ store }: TestStore, name: string) =>
    store.transact('test', (tx) => createPack(tx, v.parse(PackCreate, { name })))

  it('makes a pack again of what was left without its pack.json', async (t) => {
    const setup = await twoPacks(t)
    const { reader } = setup.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    await create(setup, 'Base')
    assert.equal(reader.requirePack('Base' as PackName).name, 'Base')
    assert.deepEqual(reader.lock('Base' as PackName)?.resolved, [])
    await assert.rejects(create(setup, 'Base'), { code: 'pack.name_taken' })
  })

  it('writes over no lock that cannot be read', async (t) => {
    const setup = await twoPacks(t)
    const { reader } = setup.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    fs.writeFileSync(reader.paths.packLock('Base' as PackName), '{"torn')
    await assert.rejects(create(setup, 'Base'), { code: 'store.document_broken' })
    assert.equal(reader.text(reader.paths.packLock('Base' as PackName)), '{"torn')
  })

  it('refuses a name that reads like that of another pack', async (t) => {
    const setup = await twoPacks(t)
    for (const name of ['Ba\u200bse', 'base\ufeff', '\u2060BASE', 'Ba\u00adse', 'Base\u{e0041}']) {
      await assert.rejects(create(setup, name), { code: 'pack.name_taken' }, JSON.stringify(name))
      await assert.rejects(edit(setup, 'Top', { rename_to: name }), { code: 'pack.name_taken' })
    }
    await create(setup, 'Bas\u200be2')
    await assert.rejects(create(setup, 'Base2'), { code: 'pack.name_taken' })
    await edit(setup, 'Bas\u200be2', { rename_to: 'Base2' })
    assert.ok(setup.store.reader.packNames().includes('Base2' as PackName))
  })

  it('refuses a name that differs in case from what is left of a pack', async (t) => {
    const setup = await twoPacks(t)
    fs.rmSync(setup.store.reader.paths.pack('Base' as PackName))
    await assert.rejects(create(setup, 'BASE'), { code: 'pack.name_taken' })
  })
})
