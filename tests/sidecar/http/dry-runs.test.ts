import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ConfigAnswer } from '../../../schemas/config.ts'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import type { PackDetail } from '../../../schemas/pack.ts'
import type { ViewPreview } from '../../../schemas/view-preview.ts'
import type { UndoResult } from '../../../schemas/journal.ts'
import type { InitResult } from '../../../schemas/store.ts'
import type { TestSynapse } from '../../_support/test-synapse.ts'
import { must, realApp, type Asked, type Asker } from './real-app.ts'
import { treeDigest } from './tree-digest.ts'

type Setup = TestSynapse & Asker

/** `ui path` → where the link of the active view leads. */
function seenNow({ root }: Setup): Map<string, string> {
  const views = join(root, 'data/views')
  const links = new Map<string, string>()
  for (const ui of readdirSync(views)) {
    const active = join(views, ui, 'active')
    for (const place of readdirSync(active, { recursive: true, encoding: 'utf8' })) {
      const path = join(active, place)
      if (lstatSync(path).isSymbolicLink()) links.set(`${ui} ${place}`, readlinkSync(path))
    }
  }
  return links
}

function previewed(views: readonly ViewPreview[], group: 'appear' | 'disappear' | 'repoint') {
  return views.flatMap((one) => one[group].items.map((path) => `${one.ui} ${path}`)).sort()
}

interface Answer {
  readonly dry_run: boolean
  readonly views?: readonly ViewPreview[]
}

/** Asks what an operation would do, does it, and compares what interfaces see then. */
async function checkPreviewed(setup: Setup, id: EndpointId, asked: Asked): Promise<string[]> {
  const tree = treeDigest(setup.root)
  const dry = { dry_run: true }
  const dryAsked =
    id === 'packs.restore'
      ? { ...asked, query: dry }
      : { ...asked, body: { ...(asked.body as object | undefined), ...dry } }
  const { dry_run, views = [] }: Answer = await must(setup, id, dryAsked)
  assert.equal(dry_run, true)
  assert.equal(treeDigest(setup.root), tree, `the dry run of ${id} has changed the store`)
  const before = seenNow(setup)
  const done: Answer = await must(setup, id, asked)
  assert.deepEqual([done.dry_run, done.views], [false, undefined])
  const after = seenNow(setup)
  const appear = [...after.keys()].filter((path) => !before.has(path)).sort()
  const disappear = [...before.keys()].filter((path) => !after.has(path)).sort()
  const repoint = [...after].flatMap(([path, target]) =>
    before.has(path) && before.get(path) !== target ? [path] : [],
  )
  assert.deepEqual(previewed(views, 'appear'), appear, id)
  assert.deepEqual(previewed(views, 'disappear'), disappear, id)
  assert.deepEqual(previewed(views, 'repoint'), repoint.sort(), id)
  return [...appear.map((path) => `+${path}`), ...disappear.map((path) => `-${path}`)]
}

async function imported(setup: Setup, name: string, pack?: string): Promise<string> {
  const paths = [setup.file(`loras/${name}`, name)]
  const { files } = await setup.import({ paths, ...(pack === undefined ? {} : { pack }) })
  return files[0]?.sha256 ?? ''
}

describe('a dry run changes nothing and says what interfaces would see', () => {
  it('of approving a model, and of revoking that', async (t) => {
    const setup = await realApp(t)
    const params = { item: await imported(setup, 'a.ckpt', 'A') }
    const approved = await checkPreviewed(setup, 'inventory.approve', { params })
    assert.ok(approved.includes('+comfyui models/loras/a.ckpt'), String(approved))
    assert.deepEqual(await checkPreviewed(setup, 'inventory.approve', { params }), [])
    const revoked = await checkPreviewed(setup, 'inventory.revoke', { params })
    assert.deepEqual(
      revoked,
      approved.map((link) => link.replace('+', '-')),
    )
    assert.deepEqual(await checkPreviewed(setup, 'inventory.revoke', { params }), [])
  })

  it('of taking a model out of the trash', async (t) => {
    const setup = await realApp(t)
    const sha256 = await imported(setup, 'a.safetensors', 'A')
    const query = { confirm_last_copy: sha256, force: true, confirm_impacts: true }
    await must(setup, 'inventory.delete', { params: { item: sha256 }, query })
    const { items }: { items: { id: string }[] } = await must(setup, 'trash.list')
    const params = { id: items[0]?.id ?? '' }
    const seen = await checkPreviewed(setup, 'trash.restore', { params })
    assert.ok(seen.includes('+comfyui models/loras/a.safetensors'), String(seen))
  })

  it('of resolving a pack', async (t) => {
    const setup = await realApp(t)
    const wanted = { local_path: setup.file('loras/a.safetensors', 'a.safetensors'), kind: 'lora' }
    await must(setup, 'packs.create', { body: { name: 'A', dependencies: [wanted] } })
    await imported(setup, 'a.safetensors')
    const params = { name: 'A' }
    const seen = await checkPreviewed(setup, 'packs.resolve', { params })
    assert.ok(seen.includes('+comfyui models/loras/a.safetensors'), String(seen))
    assert.deepEqual(await checkPreviewed(setup, 'packs.resolve', { params }), [])
  })

  it('of creating, changing and renaming a pack, which is answered as it would be', async (t) => {
    const setup = await realApp(t)
    const dependencies = [
      { sha256: await imported(setup, 'a.safetensors'), kind: 'lora' },
      { sha256: await imported(setup, 'b.ckpt'), kind: 'lora' },
    ]
    const create = { body: { name: 'A', dependencies } }
    const would = await must(setup, 'packs.create', { body: { ...create.body, dry_run: true } })
    const created = await checkPreviewed(setup, 'packs.create', create)
    assert.ok(created.includes('+comfyui models/loras/a.safetensors'), String(created))
    const { summary, files, profiles }: PackDetail = would
    assert.deepEqual([summary.files_here, profiles], [2, ['global']])
    assert.deepEqual(files.map(({ state }) => state).sort(), ['blocked', 'here'])
    const [id] = files.map((file) => file.dependency_id)
    const params = { name: 'A' }
    const add = [{ sha256: await imported(setup, 'c.safetensors'), kind: 'vae' }]
    const edited = await checkPreviewed(setup, 'packs.edit', {
      params,
      body: { add, remove: [id] },
    })
    assert.ok(edited.includes('-comfyui models/loras/a.safetensors'), String(edited))
    assert.ok(edited.includes('+comfyui models/vae/c.safetensors'), String(edited))
    await must(setup, 'profiles.use', { body: { pack: 'A' } })
    const rename = { params, body: { rename_to: 'B', dry_run: true } }
    const renamed: PackDetail = await must(setup, 'packs.edit', rename)
    assert.deepEqual([renamed.summary.name, renamed.pack.name, renamed.lock?.pack], ['B', 'B', 'B'])
    const back = { params, body: { rename_to: 'B' } }
    await checkPreviewed(setup, 'packs.edit', back)
  })

  it('of restoring a pack', async (t) => {
    const setup = await realApp(t)
    await imported(setup, 'a.safetensors', 'A')
    const params = { name: 'A' }
    const body: object = await must(setup, 'packs.export', { params })
    await must(setup, 'packs.delete', { params })
    const seen = await checkPreviewed(setup, 'packs.restore', { body })
    assert.ok(seen.includes('+comfyui models/loras/a.safetensors'), String(seen))
    assert.deepEqual(await checkPreviewed(setup, 'packs.restore', { body }), [])
  })

  it('of changing the settings, which are answered as they would be', async (t) => {
    const setup = await realApp(t)
    await imported(setup, 'a.safetensors', 'A')
    const kind_map = { comfyui: { lora: 'models/elsewhere' } }
    const body = { kind_map, trash: { days: 3 }, import_roots: [setup.folder] }
    const dry = { body: { ...body, dry_run: true } }
    const { config, machine }: ConfigAnswer = await must(setup, 'store.config_edit', dry)
    assert.deepEqual([config.trash.days, machine.import_roots], [3, [setup.folder]])
    const seen = await checkPreviewed(setup, 'store.config_edit', { body })
    assert.deepEqual(seen, [
      '+comfyui models/elsewhere/a.safetensors',
      '-comfyui models/loras/a.safetensors',
    ])
  })

  it('of undoing an operation, and of undoing a switch', async (t) => {
    const setup = await realApp(t)
    await imported(setup, 'a.safetensors', 'A')
    await must(setup, 'packs.create', { body: { name: 'Empty' } })
    const lastOf = async (op: string): Promise<{ id: string }> => {
      const page: { items: { id: string }[] } = await must(setup, 'journal.list', { query: { op } })
      return { id: page.items[0]?.id ?? '' }
    }
    const params = { name: 'A' }
    await must(setup, 'packs.delete', { params })
    const seen = await checkPreviewed(setup, 'journal.undo', {
      params: await lastOf('pack.delete'),
    })
    assert.ok(seen.includes('+comfyui models/loras/a.safetensors'), String(seen))

    await must(setup, 'profiles.use', { body: { pack: 'Empty', only: true } })
    const asked = { params: await lastOf('profile.switch') }
    const tree = treeDigest(setup.root)
    const body = { dry_run: true }
    const { plan, undone }: UndoResult = await must(setup, 'journal.undo', { ...asked, body })
    assert.equal(treeDigest(setup.root), tree)
    assert.equal(undone, asked.params.id)
    const comfy = plan?.uis.find((one) => one.ui === 'comfyui')
    assert.deepEqual(comfy?.appear.items, ['models/loras/a.safetensors'])
    await must(setup, 'journal.undo', asked)
    assert.ok(seenNow(setup).has('comfyui models/loras/a.safetensors'))
  })

  it('of making a store, and of taking one of the Python program over', async (t) => {
    const setup = await realApp(t)
    await imported(setup, 'a.safetensors', 'A')
    const none: InitResult = await must(setup, 'store.init', { body: { dry_run: true } })
    assert.deepEqual([none.already_there, none.created], [true, []])
    const forge = join(setup.root, 'data/views/forge')
    rmSync(join(forge, 'active'))
    rmSync(join(setup.root, 'state/ui_sets.json'))
    const tree = treeDigest(setup.root)
    const { created, plan }: InitResult = await must(setup, 'store.init', {
      body: { dry_run: true },
    })
    assert.equal(treeDigest(setup.root), tree)
    assert.deepEqual(created, ['state/ui_sets.json'])
    assert.deepEqual(
      plan?.uis.map(({ ui, appear }) => [ui, appear.total]),
      [['forge', 1]],
    )
    const made: InitResult = await must(setup, 'store.init')
    assert.deepEqual([made.dry_run, made.created], [false, created])
    assert.ok(lstatSync(join(forge, 'active')).isSymbolicLink())
  })

  it('refuses what would be refused', async (t) => {
    const setup = await realApp(t)
    const body = { dry_run: true }
    const sha256 = 'ab'.repeat(32)
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    for (const [endpoint, code, params] of [
      ['inventory.approve', 'blob.not_found', { item: sha256 }],
      ['inventory.revoke', 'blob.not_found', { item: sha256 }],
      ['trash.restore', 'trash.not_found', { id }],
      ['packs.resolve', 'pack.not_found', { name: 'A' }],
      ['packs.edit', 'pack.not_found', { name: 'A' }],
      ['journal.undo', 'journal.not_found', { id }],
    ] as const) {
      assert.equal((await setup.ask(endpoint, { params, body })).code, code, endpoint)
    }
  })
})
