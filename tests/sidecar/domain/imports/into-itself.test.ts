import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { findFiles } from '../../../../sidecar/domain/imports/find-files.ts'
import { observeDisk } from '../../../../sidecar/platform/disk-calls.ts'
import { StorePaths } from '../../../../sidecar/store/store-paths.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'
import { bindMount, freshFolder, fuseMount } from '../../../_support/volumes.ts'

interface Held {
  readonly setup: TestSynapse
  readonly blob: string
  readonly sha256: string
}

/** A store that holds one model. */
async function holding(t: TestContext): Promise<Held> {
  const setup = await createTestSynapse(t)
  const { files } = await setup.import({ paths: [setup.file('loras/a.safetensors', 'the bytes')] })
  const sha256 = files[0]?.sha256 ?? ''
  return { setup, sha256, blob: join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256) }
}

/** Moves everything below `alias`, and each model by its own path, into the store that it is. */
async function isRefused({ setup, blob, sha256 }: Held, alias: string): Promise<void> {
  const file = join(alias, sha256.slice(0, 2), sha256)
  assert.equal(fs.readFileSync(file, 'utf8'), 'the bytes')
  for (const path of [alias, file]) {
    const request = { paths: [path], mode: 'move' as const, kind: 'lora', all_files: true }
    await assert.rejects(setup.import(request), { code: 'import.inside_store' })
    await assert.rejects(setup.client.call('imports.preview', { body: request }), {
      code: 'import.inside_store',
    })
  }
  assert.equal(fs.readFileSync(blob, 'utf8'), 'the bytes')
}

describe('a move of the store itself', () => {
  it('is refused through a bind mount', async (t) => {
    const held = await holding(t)
    const alias = bindMount(t, held.setup.root)
    if (alias !== null) await isRefused(held, join(alias, 'data/blobs/sha256'))
  })

  it('is refused through a bind mount of its blobs alone', async (t) => {
    const held = await holding(t)
    const alias = bindMount(t, join(held.setup.root, 'data/blobs/sha256'))
    if (alias !== null) await isRefused(held, alias)
  })

  it('is refused through FUSE, which has another device number', async (t) => {
    const held = await holding(t)
    const alias = fuseMount(t, held.setup.root)
    if (alias !== null) await isRefused(held, join(alias, 'data/blobs/sha256'))
  })

  it('is refused where data/blobs is a link to the folder that is named', async (t) => {
    const held = await holding(t)
    const disk = join(freshFolder(t), 'disk')
    const blobs = join(held.setup.root, 'data/blobs')
    fs.cpSync(blobs, disk, { recursive: true, preserveTimestamps: true })
    fs.rmSync(blobs, { recursive: true })
    fs.symlinkSync(disk, blobs)
    await isRefused(held, join(disk, 'sha256'))
  })

  it('passes its files by where a folder that holds it is moved', async (t) => {
    const held = await holding(t)
    const alias = bindMount(t, dirname(held.setup.root))
    if (alias === null) return
    const paths = [alias]
    const result = await held.setup.import({ paths, mode: 'move', kind: 'lora', all_files: true })
    const blob = result.skipped.filter(({ path }) => path.endsWith(held.sha256))
    assert.deepEqual(
      blob.map(({ reason }) => reason),
      ['inside_store'],
    )
    assert.equal(fs.readFileSync(held.blob, 'utf8'), 'the bytes')
  })
})

describe('a file of an interrupted move', () => {
  it('is passed by, whatever is asked for', async (t) => {
    const setup = await createTestSynapse(t)
    const path = setup.file('loras/.0123456789ab.synapse-aside', 'an original')
    const result = await setup.import({ paths: [join(path, '..')], kind: 'lora', all_files: true })
    assert.deepEqual(result.skipped, [{ path, reason: 'set_aside' }])
    assert.equal(fs.readFileSync(path, 'utf8'), 'an original')
  })
})

describe('an original that a move has removed', () => {
  it('comes back by undo, with its mode and time', async (t) => {
    const { setup, blob } = await holding(t)
    const double = setup.file('double/a.safetensors', 'the bytes')
    fs.chmodSync(double, 0o640)
    fs.utimesSync(double, 1_600_000_000, 1_600_000_000)
    await setup.import({ paths: [double], mode: 'move', kind: 'lora' })
    assert.equal(fs.existsSync(double), false)
    const { items } = await setup.client.call('journal.list', { query: { op: 'file.release' } })
    assert.equal(items[0]?.undoable, true)
    await setup.client.call('journal.undo', { params: { id: items[0].id }, body: {} })
    const { mode, mtimeMs } = fs.statSync(double)
    assert.deepEqual(
      [fs.readFileSync(double, 'utf8'), mode & 0o777, mtimeMs],
      ['the bytes', 0o640, 1_600_000_000_000],
    )
    assert.equal(fs.readFileSync(blob, 'utf8'), 'the bytes')
  })
})

async function doctor({ client, wait }: TestSynapse, body: { readonly repair?: boolean }) {
  return (await wait(await client.call('store.doctor', { body }))).result
}

describe('an original whose name is taken while it is set aside', () => {
  it('stays, and is named by status and doctor until one of the two is renamed', async (t) => {
    const { setup } = await holding(t)
    const double = setup.file('double/a.safetensors', 'the bytes')
    let aside = ''
    const before = observeDisk((call) => {
      if (call.op === 'rename' && call.from === double) aside = call.path
      if (call.op !== 'unlink' || call.path !== aside) return
      fs.writeFileSync(double, 'newer')
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
    })
    try {
      await setup.import({ paths: [double], mode: 'move', kind: 'lora' })
    } finally {
      observeDisk(before)
    }
    assert.deepEqual(
      [fs.readFileSync(double, 'utf8'), fs.readFileSync(aside, 'utf8')],
      ['newer', 'the bytes'],
    )
    const { notes } = await setup.client.call('store.status')
    assert.ok(
      notes.some((note) => note.includes(aside) && note.includes(double)),
      notes.join('; '),
    )
    const findings = JSON.stringify(await doctor(setup, {}))
    assert.ok(findings.includes(aside))
    fs.renameSync(double, `${double}.newer`)
    await doctor(setup, { repair: true })
    assert.equal(fs.readFileSync(double, 'utf8'), 'the bytes')
    assert.equal(fs.existsSync(aside), false)
  })
})

describe('what a paired browser is shown of a folder', () => {
  it('holds no name of a folder outside that a link leads to', async (t) => {
    const setup = await createTestSynapse(t)
    const secret = freshFolder(t)
    fs.writeFileSync(join(secret, 'private.safetensors'), 'private')
    const file = setup.file('roots/loras/a.safetensors', 'the bytes')
    const root = join(file, '../..')
    fs.symlinkSync(secret, join(root, 'linked'))
    const within = [fs.realpathSync(root)]
    const asked = { paths: [root], mode: 'copy' as const, hard_link: false, all_files: true }
    const order = { ...asked, within }
    const { signal } = new AbortController()
    const options = { signal, named: true, gone: 'refused' as const }
    const found = await findFiles(new StorePaths(setup.root), order, options)
    assert.doesNotMatch(JSON.stringify(found.skipped), /private/u)
    assert.deepEqual(
      found.files.map(({ path }) => path),
      [file],
    )
  })
})
