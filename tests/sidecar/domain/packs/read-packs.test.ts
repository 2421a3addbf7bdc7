import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { BUILT_IN_LAYOUTS } from '../../../../schemas/layouts.ts'
import { listPacks } from '../../../../sidecar/domain/packs/list-packs.ts'
import { showPack } from '../../../../sidecar/domain/packs/show-pack.ts'
import { useProfile } from '../../../../sidecar/domain/profiles/use-profile.ts'
import { createTestStore } from '../../../_support/test-store.ts'

const ALL = { limit: 50, offset: 0 }

describe('listPacks', () => {
  it('counts what is here and where a pack is active', async (t) => {
    const { ctx, store, putBlob, putPack } = await createTestStore(t)
    const here = putBlob('here', 'a.safetensors')
    const gone = putBlob('gone!', 'b.safetensors')
    await putPack('Alpha', [here, gone])
    await putPack('Beta', [here])
    rmSync(store.paths.blob(gone))
    const only = { pack: 'Alpha' as PackName, only: true, sync: false, dry_run: false }
    await useProfile(ctx, 'test', { ...only, ui_set: 'comfyui' as never })

    const page = listPacks(ctx, ALL)

    const uis = Object.keys(BUILT_IN_LAYOUTS)
    assert.equal(page.total, 2)
    const [alpha, beta] = page.items
    assert.deepEqual(
      [alpha?.files, alpha?.files_here, alpha?.size_bytes, alpha?.active_in_uis],
      [2, 1, 9, uis],
    )
    assert.deepEqual(
      beta?.active_in_uis,
      uis.filter((ui) => ui !== 'comfyui'),
    )
  })

  it('counts a pack that an active one needs as active', async (t) => {
    const { ctx, store, put, putPack } = await createTestStore(t)
    await putPack('Needed', [])
    await putPack('User', [])
    const user = store.reader.requirePack('User' as PackName)
    const needs = [{ pack_name: 'Needed', required: true }]
    put('state/packs/User/pack.json', JSON.stringify({ ...user, pack_dependencies: needs }))
    put(
      'state/profiles/global/profile.json',
      JSON.stringify({ name: 'global', packs: [{ name: 'User' }] }),
    )
    const [needed] = listPacks(ctx, ALL).items
    assert.deepEqual(needed?.active_in_uis, Object.keys(BUILT_IN_LAYOUTS))
  })

  it('lists a broken pack with the reason, and one without pack.json', async (t) => {
    const { ctx, put, putPack } = await createTestStore(t)
    await putPack('Good', [])
    put('state/packs/Broken/pack.json', '{')
    put('state/packs/Half/lock.json', '{"pack":"Half"}')
    const { items } = listPacks(ctx, ALL)
    assert.deepEqual(
      items.map((item) => [item.name, item.broken !== undefined]),
      [
        ['Broken', true],
        ['Good', false],
        ['Half', true],
      ],
    )
  })

  it('finds packs by words of name and tags, whatever their case or accents', async (t) => {
    const { ctx, put } = await createTestStore(t)
    const tagged = { name: 'P', tags: ['Čeština', 'portrait'], selector: {} }
    put('state/packs/Tagged/pack.json', JSON.stringify(tagged))
    put('state/packs/Other/pack.json', '{"name":"Other"}')
    const names = (search: string) => listPacks(ctx, { ...ALL, search }).items.map((p) => p.name)
    assert.deepEqual(names('CESTINA tagg'), ['Tagged'])
    assert.deepEqual(names('tagged other'), [])
    assert.deepEqual(names(''), ['Other', 'Tagged'])
  })

  it('pages after the search', async (t) => {
    const { ctx, put } = await createTestStore(t)
    for (const name of ['a1', 'a2', 'a3', 'b']) put(`state/packs/${name}/pack.json`, `{"name":"x"}`)
    const page = listPacks(ctx, { search: 'a', limit: 1, offset: 1 })
    assert.deepEqual([page.total, page.items.map((item) => item.name)], [3, ['a2']])
  })
})

describe('showPack', () => {
  it('returns the state of each file and the profiles that name the pack', async (t) => {
    const { ctx, store, put, putBlob, putPack } = await createTestStore(t)
    const here = putBlob('1', 'here.safetensors')
    const gone = putBlob('2', 'gone.safetensors')
    const pickle = putBlob('3', 'pickle.ckpt', 'checkpoint')
    const name = await putPack('Alpha', [here, gone, pickle])
    rmSync(store.paths.blob(gone))
    const pack = store.reader.requirePack(name)
    const wish = { id: 'wish', kind: 'vae', selector: { strategy: 'local_file' } }
    put(
      'state/packs/Alpha/pack.json',
      JSON.stringify({ ...pack, dependencies: [...pack.dependencies, wish] }),
    )
    const lock = store.reader.lock(name)
    put(
      'state/packs/Alpha/lock.json',
      JSON.stringify({ ...lock, unresolved: [{ dependency_id: 'wish', reason: 'not_here' }] }),
    )

    const detail = showPack(ctx, name)

    assert.deepEqual(
      detail.files.map((file) => [file.filename, file.state, file.reason]),
      [
        ['here.safetensors', 'here', undefined],
        ['gone.safetensors', 'missing', undefined],
        ['pickle.ckpt', 'blocked', undefined],
        ['wish', 'unresolved', 'not_here'],
      ],
    )
    assert.deepEqual(detail.profiles, ['global'])
  })

  it('refuses what is not there or cannot be read', async (t) => {
    const { ctx, put } = await createTestStore(t)
    put('state/packs/Broken/pack.json', '{')
    assert.throws(() => showPack(ctx, 'No' as PackName), { code: 'pack.not_found' })
    assert.throws(() => showPack(ctx, 'Broken' as PackName), { code: 'store.document_broken' })
  })
})
