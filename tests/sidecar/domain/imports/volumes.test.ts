/** Moves, links and deletions where device and inode numbers promise what the system does not do. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ImportResult } from '../../../../schemas/imports.ts'
import { errnoOf } from '../../../../sidecar/platform/disk-calls.ts'
import { appendLines } from '../../../../sidecar/platform/disk.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'
import {
  bindMount,
  casefold,
  fat,
  folding,
  freshFolder,
  fuseMount,
  overlay,
  skipLoudly,
  withPartMounted,
} from '../../../_support/volumes.ts'

const MODELS = ['one', 'two', 'three']

/** Writes models below a folder; gives their paths. */
function writeModels(folder: string): string[] {
  fs.mkdirSync(folder, { recursive: true })
  return MODELS.map((name) => {
    const path = join(folder, `${name}.safetensors`)
    fs.writeFileSync(path, safetensors(name))
    return path
  })
}

/** A Synapse over a new store at `root`. */
async function synapseAt(t: TestContext, root: string): Promise<TestSynapse> {
  const setup = await createTestSynapse(t, root)
  await setup.client.call('store.init', { body: {} })
  return setup
}

/** Reports whether a volume takes what a journal needs; not every FUSE program does. */
async function takesLines(t: TestContext, folder: string): Promise<boolean> {
  try {
    await appendLines(join(folder, 'lines'), 'one\n')
    await appendLines(join(folder, 'lines'), 'two\n')
    return true
  } catch (error) {
    skipLoudly(t, `this volume takes no lines: ${String(error)}`)
    return false
  }
}

/**
 * Reports whether a rename between two folders is refused though their device numbers are equal.
 */
function areParted(from: string, to: string): boolean {
  assert.equal(fs.statSync(from).dev, fs.statSync(to).dev)
  const probe = join(from, 'probe')
  fs.writeFileSync(probe, '')
  try {
    fs.renameSync(probe, join(to, 'probe'))
    return false
  } catch (error) {
    return errnoOf(error) === 'EXDEV'
  } finally {
    fs.rmSync(probe, { force: true })
    fs.rmSync(join(to, 'probe'), { force: true })
  }
}

/** Each model is in the store, whole, and shown; none is lost and none lies twice. */
async function holdsModels(setup: TestSynapse): Promise<void> {
  const { items } = await setup.client.call('inventory.list')
  assert.equal(items.length, MODELS.length)
  for (const { sha256 } of items) {
    assert.ok(fs.statSync(setup.synapse.services.store.paths.blob(sha256 as never)).size > 0)
  }
  const started = await setup.client.call('store.doctor', { body: { verify_blobs: true } })
  const { result } = await setup.wait(started)
  const findings = result?.['findings'] as { readonly severity: string }[]
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
}

function imported({ imported: count, failed }: ImportResult): void {
  assert.deepEqual([count, failed], [MODELS.length, 0])
}

describe('two mounts of one disk, whose device numbers are equal', () => {
  /** Store and models as two bind mounts of one folder, as containers have them. */
  async function twoMounts(t: TestContext) {
    const disk = freshFolder(t)
    for (const name of ['store', 'models']) fs.mkdirSync(join(disk, name))
    const models = writeModels(join(disk, 'models/loras')).map((path) => path.slice(disk.length))
    const [store, other] = [bindMount(t, join(disk, 'store')), bindMount(t, join(disk, 'models'))]
    if (store === null || other === null) return null
    if (!areParted(store, other)) {
      skipLoudly(t, 'this system renames between two mounts of one disk')
      return null
    }
    assert.equal(models.length, MODELS.length)
    const setup = await synapseAt(t, join(store, 'root'))
    const originals = MODELS.map((name) => join(other, 'loras', `${name}.safetensors`))
    return { setup, folder: join(other, 'loras'), originals }
  }

  for (const mode of ['copy', 'move', 'link'] as const) {
    it(`imports by ${mode}`, async (t) => {
      const made = await twoMounts(t)
      if (made === null) return
      const { setup, folder, originals } = made
      imported(await setup.import({ paths: [folder], mode, pack: 'P' }))
      await holdsModels(setup)
      assert.ok(originals.every((path) => fs.existsSync(path) === (mode !== 'move')))
    })
  }

  it('imports by hard link, which becomes a copy', async (t) => {
    const made = await twoMounts(t)
    if (made === null) return
    const { setup, folder, originals } = made
    const result = await setup.import({ paths: [folder], mode: 'link', hard_link: true, pack: 'P' })
    imported(result)
    assert.deepEqual([...new Set(result.files.map(({ how }) => how))], ['copied'])
    assert.ok(originals.every((path) => fs.statSync(path).nlink === 1))
  })

  it('says how much is copied, and on one mount how much may have to be', async (t) => {
    const made = await twoMounts(t)
    if (made === null) return
    const { setup, folder } = made
    const preview = async (paths: string[], mode: 'move' | 'copy') => {
      const answer = await setup.client.call('imports.preview', { body: { paths, mode } })
      return [answer.bytes_needed, answer.bytes_if_copied].map((bytes) => bytes === answer.bytes)
    }
    assert.deepEqual(await preview([folder], 'move'), [true, false])
    const near = join(dirname(setup.root), 'near/loras')
    writeModels(near)
    assert.deepEqual(await preview([near], 'move'), [false, true])
    assert.deepEqual(await preview([near], 'copy'), [true, false])
  })

  it('brings the originals of a move back', async (t) => {
    const made = await twoMounts(t)
    if (made === null) return
    const { setup, folder, originals } = made
    await setup.import({ paths: [folder], mode: 'move', pack: 'P' })
    const { items } = await setup.client.call('journal.list', { query: { op: 'file.release' } })
    await setup.client.call('journal.undo', { params: { id: items[0]?.id ?? '' }, body: {} })
    assert.ok(originals.every((path) => fs.existsSync(path)))
    assert.deepEqual(fs.readdirSync(folder).length, MODELS.length)
  })
})

describe('parts of a store on mounts of their own, of one disk', () => {
  for (const part of ['data', 'data/blobs', 'state']) {
    it(`imports, deletes packs and models, and undoes: ${part}`, async (t) => {
      const root = withPartMounted(t, part)
      if (root === null) return
      const setup = await synapseAt(t, root)
      const models = join(setup.folder, 'in/loras')
      writeModels(models)
      imported(await setup.import({ paths: [models], mode: 'move', pack: 'P' }))
      await holdsModels(setup)
      await setup.client.call('packs.delete', { params: { name: 'P' } })
      const deleted = await setup.client.call('journal.list', { query: { op: 'pack.delete' } })
      await setup.client.call('journal.undo', {
        params: { id: deleted.items[0]?.id ?? '' },
        body: {},
      })
      await holdsModels(setup)
    })
  }

  it('shows models by symbolic links where hard links were wanted', async (t) => {
    const root = withPartMounted(t, 'data/blobs')
    if (root === null) return
    const setup = await synapseAt(t, root)
    await setup.client.call('store.config_edit', { body: { link_kind: 'hard_link' } })
    const models = join(setup.folder, 'in/loras')
    writeModels(models)
    imported(await setup.import({ paths: [models], pack: 'P' }))
    const shown = join(root, 'data/views/comfyui/active/models/loras/one.safetensors')
    assert.ok(fs.lstatSync(shown).isSymbolicLink())
    await holdsModels(setup)
  })
})

describe('a layered volume, whose files and folders have numbers of their own', () => {
  it('holds a store and the models that are moved into it', async (t) => {
    const folder = overlay(t, (lower) => writeModels(join(lower, 'models/loras')))
    if (folder === null) return
    const setup = await synapseAt(t, join(folder, 'store'))
    imported(await setup.import({ paths: [join(folder, 'models/loras')], mode: 'move', pack: 'P' }))
    await holdsModels(setup)
    assert.deepEqual(fs.readdirSync(join(folder, 'models/loras')), [])
  })
})

describe('a volume that folds the case of names', () => {
  const volumes = { 'ext4 with folded names': casefold, FAT: fat, NTFS: folding }
  for (const [name, make] of Object.entries(volumes)) {
    it(`does not let a store be moved into itself by another spelling: ${name}`, async (t) => {
      const folder = make(t)
      if (folder === null || !(await takesLines(t, folder))) return
      const setup = await synapseAt(t, join(folder, 'store'))
      const models = join(setup.folder, 'in/loras')
      writeModels(models)
      imported(await setup.import({ paths: [models], mode: 'move', pack: 'p' }))
      for (const spelt of ['STORE/DATA', 'store/data/BLOBS', 'sTORE']) {
        await assert.rejects(setup.import({ paths: [join(folder, spelt)], mode: 'move' }))
      }
      const result = await setup.import({ paths: [folder], mode: 'move' }).catch(() => null)
      assert.equal(result?.imported ?? 0, 0)
      await holdsModels(setup)
    })
  }
})

describe('a volume whose inode numbers pass 2^62', () => {
  const ways: Readonly<Record<string, (t: TestContext, folder: string) => string | null>> = {
    'as it is': (_t, folder) => folder,
    'through FUSE': fuseMount,
  }
  for (const [name, way] of Object.entries(ways)) {
    it(`distinguishes its files, and moves each: ${name}`, async (t) => {
      const layered = overlay(t, (lower) => writeModels(join(lower, 'loras')))
      const folder = layered === null ? null : way(t, layered)
      if (folder === null) return
      const { ino } = fs.statSync(join(folder, 'loras/one.safetensors'), { bigint: true })
      if (BigInt.asUintN(64, ino) < 2n ** 62n) {
        skipLoudly(t, 'inode numbers are small here')
        return
      }
      const setup = await createTestSynapse(t)
      imported(await setup.import({ paths: [join(folder, 'loras')], mode: 'move', pack: 'P' }))
      await holdsModels(setup)
      assert.deepEqual(fs.readdirSync(join(folder, 'loras')), [])
    })
  }
})
