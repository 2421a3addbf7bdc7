import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import {
  adoptFiles,
  QUIET_PERIOD_MS,
  type AdoptResult,
} from '../../../../sidecar/domain/imports/adopt-files.ts'
import { quietWork } from '../../../../sidecar/domain/progress.ts'
import { useProfile } from '../../../../sidecar/domain/profiles/use-profile.ts'
import { openHashPool, type HashPool } from '../../../../sidecar/platform/hash-pool.ts'
import { blobsVolume } from '../../../../sidecar/store/blobs-volume.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { canRun, skipLoudly } from '../../../_support/volumes.ts'

const PACK = 'Found in comfyui'
const LORAS = 'models/loras'
const HALF = safetensors('half of it').toString('latin1').slice(0, -3)

interface Setup extends TestStore {
  /** The path of something in what ComfyUI looks at. */
  active(path: string): string
  /** Puts a foreign file there, at rest by default; returns its path. */
  unmanaged(path: string, bytes: string, ageMs?: number): string
  /** Adopts; `hash` stands in for reading the file. */
  adopt(hash?: HashPool['hash']): Promise<AdoptResult>
}

const digestOf = (bytes: string) => createHash('sha256').update(bytes).digest('hex')

async function shown(t: TestContext): Promise<Setup> {
  const test = await createTestStore(t)
  const { store, ctx } = test
  const pool = openHashPool()
  t.after(() => pool[Symbol.asyncDispose]())
  const pack = await test.putPack('Own', [test.putBlob('own bytes', 'own.safetensors')])
  await useProfile(ctx, 'test', { pack, only: false, dry_run: false, sync: false })
  const active = (path: string) => join(store.paths.active('comfyui' as never), path)
  return {
    ...test,
    active,
    unmanaged(path, bytes, ageMs = QUIET_PERIOD_MS + 1000) {
      fs.mkdirSync(dirname(active(path)), { recursive: true })
      fs.writeFileSync(active(path), bytes)
      const at = (Date.now() - ageMs) / 1000
      fs.utimesSync(active(path), at, at)
      return active(path)
    },
    adopt(hash) {
      const used = hash === undefined ? pool : ({ hash } as HashPool)
      return adoptFiles({ ...ctx, pool: used }, { ...quietWork, actor: 'test' })
    },
  }
}

/** What stands at a path: where a link leads, or the bytes of a file. */
function standing(path: string): string {
  const stat = fs.lstatSync(path)
  return stat.isSymbolicLink()
    ? `-> ${fs.readlinkSync(path).slice(-64)}`
    : fs.readFileSync(path, 'utf8')
}

const filesOf = ({ store }: Setup, pack = PACK) =>
  store.reader
    .pack(pack as never)
    ?.dependencies.map(({ kind, expose }) => [kind, expose.subfolder ?? null, expose.filename]) ??
  []

/** The bytes of all files that had to make way for a link. */
function quarantined({ store }: Setup): string[] {
  const folder = store.paths.quarantine
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => fs.readFileSync(join(folder, name), 'utf8'))
}

describe('a foreign file among the links', () => {
  test('becomes a blob, and a link at the same path', async (t) => {
    const setup = await shown(t)
    const path = setup.unmanaged(`${LORAS}/found.safetensors`, 'found')
    const result = await setup.adopt()
    const sha256 = digestOf('found')
    assert.deepEqual(result.failed, [])
    assert.deepEqual(
      result.adopted.map((one) => [one.ui, one.sha256]),
      [['comfyui', sha256]],
    )
    assert.equal(standing(path), `-> ${sha256}`)
    assert.equal(fs.readFileSync(path, 'utf8'), 'found')
    assert.equal(fs.statSync(setup.store.paths.blob(sha256 as never)).mode & 0o777, 0o444)
    assert.deepEqual(filesOf(setup), [['lora', null, 'found.safetensors']])
    assert.equal(setup.store.reader.meta(sha256 as never)?.original_filename, 'found.safetensors')
    assert.deepEqual(await setup.adopt(), { adopted: [], failed: [], waiting: [] })
  })

  test('keeps its subfolder', async (t) => {
    const setup = await shown(t)
    const path = setup.unmanaged(`${LORAS}/people/old/found.safetensors`, 'found')
    await setup.adopt()
    assert.equal(standing(path), `-> ${digestOf('found')}`)
    assert.deepEqual(filesOf(setup), [['lora', 'people/old', 'found.safetensors']])
  })

  test('is one of two with the same bytes: both come in, and each keeps its name', async (t) => {
    const setup = await shown(t)
    const paths = [
      `${LORAS}/a.safetensors`,
      `${LORAS}/deep/b.safetensors`,
      'models/vae/c.safetensors',
    ]
    const added = paths.map((path) => setup.unmanaged(path, 'same'))
    const { failed } = await setup.adopt()
    assert.deepEqual(failed, [])
    for (const path of added) assert.equal(standing(path), `-> ${digestOf('same')}`)
    assert.deepEqual(quarantined(setup), [])
    assert.equal(filesOf(setup).length, 3)
  })

  test('is one of many, which join their pack with one edit', async (t) => {
    const setup = await shown(t)
    const paths = Array.from({ length: 600 }, (_, at) =>
      setup.unmanaged(`${LORAS}/many/${String(at)}.safetensors`, `model ${String(at)}`),
    )
    const { adopted, failed } = await setup.adopt()
    assert.deepEqual([adopted.length, failed], [paths.length, []])
    assert.ok(paths.every((path) => fs.lstatSync(path).isSymbolicLink()))
    assert.equal(filesOf(setup).length, paths.length)
    const edits = setup.store.reader.journal
      .operations()
      .filter(({ begin }) => begin.after['pack'] === PACK && begin.op !== 'pack.add_files')
    assert.deepEqual(
      edits.map(({ begin }) => begin.op),
      ['pack.create'],
    )
  })

  test('joins those that were found before', async (t) => {
    const setup = await shown(t)
    setup.unmanaged(`${LORAS}/one.safetensors`, 'one')
    await setup.adopt()
    const path = setup.unmanaged('models/vae/two.safetensors', 'two')
    await setup.adopt()
    assert.equal(standing(path), `-> ${digestOf('two')}`)
    assert.deepEqual(filesOf(setup), [
      ['lora', null, 'one.safetensors'],
      ['vae', null, 'two.safetensors'],
    ])
  })

  const left: readonly (readonly [string, string, string, number?])[] = [
    ['a pickle', `${LORAS}/old.pt`, 'pickled'],
    ['one that is no model', `${LORAS}/found.txt`, 'text'],
    ['an empty one', `${LORAS}/empty.safetensors`, ''],
    ['one outside of every folder of a kind', 'models/found.safetensors', 'found'],
    ['one whose download has stopped', `${LORAS}/half.safetensors`, HALF],
    ['one whose download has stopped early', `${LORAS}/part.safetensors`, HALF.slice(0, 20)],
    [
      'one that was written to just now',
      `${LORAS}/fresh.safetensors`,
      'fresh',
      QUIET_PERIOD_MS / 2,
    ],
  ]
  for (const [what, path, bytes, age] of left) {
    test(`is left as it is: ${what}`, async (t) => {
      const setup = await shown(t)
      const at = setup.unmanaged(path, bytes, age)
      assert.deepEqual(await setup.adopt(), { adopted: [], failed: [], waiting: [] })
      assert.equal(standing(at), bytes)
      assert.deepEqual(filesOf(setup), [])
    })
  }

  const changes: Readonly<Record<string, (path: string) => void>> = {
    'grows while it is read': (path) => fs.appendFileSync(path, ' and more'),
    'is written anew with the same size while it is read': (path) =>
      fs.writeFileSync(path, 'FOUND'),
    'is replaced, size and time kept, while it is read': (path) => {
      const { atime, mtime } = fs.statSync(path)
      fs.writeFileSync(`${path}.part`, 'FOUND')
      fs.utimesSync(`${path}.part`, atime, mtime)
      fs.renameSync(`${path}.part`, path)
    },
  }
  for (const [what, change] of Object.entries(changes)) {
    test(`is left alone, and not reported as imported, where it ${what}`, async (t) => {
      const setup = await shown(t)
      const path = setup.unmanaged(`${LORAS}/found.safetensors`, 'found')
      const pool = openHashPool()
      t.after(() => pool[Symbol.asyncDispose]())
      const result = await setup.adopt(async (read, options) => {
        const digests = await pool.hash(read, options)
        change(path)
        return digests
      })
      assert.deepEqual(result.adopted, [])
      assert.ok(fs.lstatSync(path).isFile())
      assert.equal(setup.store.reader.hasBlob(digestOf('found') as never), false)
      assert.deepEqual(filesOf(setup), [])
      assert.ok(!setup.events.some((event) => event.type === 'blob.added'))
    })
  }

  test('may be the copy of a model that is here: the blob stays as it is', async (t) => {
    const setup = await shown(t)
    const path = setup.unmanaged(`${LORAS}/copy.safetensors`, 'own bytes')
    const blob = setup.store.paths.blob(digestOf('own bytes') as never)
    const before = fs.statSync(blob)
    await setup.adopt()
    assert.equal(standing(path), `-> ${digestOf('own bytes')}`)
    const { atimeMs: _read, atime: _at, ...after } = fs.statSync(blob)
    const { atimeMs: _readBefore, atime: _atBefore, ...was } = before
    assert.deepEqual(after, was)
    assert.deepEqual(filesOf(setup), [['lora', null, 'copy.safetensors']])
    assert.equal(standing(setup.active(`${LORAS}/own.safetensors`)), `-> ${digestOf('own bytes')}`)
    assert.deepEqual(quarantined(setup), [])
  })

  test('stays where its folder cannot be written to, and others are linked', async (t) => {
    const setup = await shown(t)
    const path = setup.unmanaged(`${LORAS}/locked/found.safetensors`, 'found')
    const other = setup.unmanaged('models/vae/other.safetensors', 'other')
    if (!canRun('chattr', '+i', dirname(path))) {
      skipLoudly(t, 'no folder can be made unchangeable here')
      return
    }
    try {
      await setup.adopt()
    } finally {
      canRun('chattr', '-i', dirname(path))
    }
    assert.equal(standing(path), 'found')
    assert.equal(standing(other), `-> ${digestOf('other')}`)
  })
})

describe('a second name that a crash left when it was tried whether a file can have one', () => {
  test('is removed, and the file is taken in', async (t) => {
    const setup = await shown(t)
    const path = setup.unmanaged(`${LORAS}/found.safetensors`, 'found')
    const trial = join(blobsVolume(setup.store.paths), '.link-trial.0a1b2c3d4e5f.synapse-tmp')
    fs.linkSync(path, trial)
    const { adopted } = await setup.adopt()
    assert.equal(adopted.length, 1)
    assert.equal(fs.existsSync(trial), false)
  })
})

describe('a file that must not be taken over as it stands', () => {
  const opened = (path: string, t: TestContext) => {
    const fd = fs.openSync(path, 'r+')
    t.after(() => {
      fs.closeSync(fd)
    })
  }
  const reasons: [string, (path: string, t: TestContext) => void][] = [
    ['hard_linked', (path) => fs.linkSync(path, `${path}.other`)],
    ['unfinished', (path) => fs.writeFileSync(`${path}.aria2`, '')],
  ]
  if (process.platform === 'linux') reasons.push(['in_use', opened])
  for (const [reason, make] of reasons) {
    test(`waits where it is: ${reason}`, async (t) => {
      const setup = await shown(t)
      const path = setup.unmanaged(`${LORAS}/found.safetensors`, 'found')
      make(path, t)
      const { adopted, failed, waiting } = await setup.adopt()
      assert.deepEqual([adopted, failed], [[], []])
      assert.deepEqual(
        waiting.map((one) => one.reason),
        [reason],
      )
      assert.equal(standing(path), 'found')
    })
  }

  test('is taken over once its second name is what a killed process left', async (t) => {
    const setup = await shown(t)
    const { paths } = setup.store
    const path = setup.unmanaged(`${LORAS}/found.safetensors`, 'found')
    fs.linkSync(path, join(paths.blobs, '.link-trial.0a1b2c3d4e5f.synapse-tmp'))
    const { adopted, waiting } = await setup.adopt()
    assert.deepEqual([adopted.length, waiting.length], [1, 0])
    assert.equal(standing(path), `-> ${digestOf('found')}`)
  })
})
