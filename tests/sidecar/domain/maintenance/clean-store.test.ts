import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { cleanStore } from '../../../../sidecar/domain/maintenance/clean-store.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

const OWNERS = join(import.meta.dirname, '../../../../sidecar/store/partial-owners.ts')
const NAMES = join(import.meta.dirname, '../../../../sidecar/platform/temporary-names.ts')
const PATHS = join(import.meta.dirname, '../../../../sidecar/store/store-paths.ts')
const LONG_AGO = new Date('2001-01-01')

/** Writes a file that was last touched years ago. */
function putOld({ store }: TestStore, place: string): void {
  const path = store.paths.at(place)
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, 'x')
  fs.utimesSync(path, LONG_AGO, LONG_AGO)
}

const DIGEST = 'ab'.repeat(32)

describe('clean', () => {
  it('knows temporary files by their whole name and place, and nothing else', async (t) => {
    const setup = await createTestStore(t)
    const ours = [
      'data/tmp/01890a5d-ac96-774b-bcce-b302099a8057.part',
      'data/tmp/01890a5d-ac96-774b-bcce-b302099a8057-3.part',
      `data/tmp/${DIGEST}.part`,
      'data/tmp/download_model.safetensors',
      `data/blobs/.tmp/${DIGEST}.part`,
      `data/blobs/sha256/ab/${DIGEST}.part`,
      `data/blobs/sha256/ab/.${DIGEST}.0123456789ab.synapse-tmp`,
      'state/.config.json.0123456789ab.synapse-tmp',
      'state/packs/P/.pack.json.0123456789ab.synapse-tmp',
      'data/.runtime.json.0123456789ab.synapse-tmp',
      'data/jobs/.x.json.0123456789ab.synapse-tmp',
      'data/trash/01890a5d-ac96-774b-bcce-b302099a8057/.blob.0123456789ab.synapse-tmp',
    ]
    const theirs = [
      'data/tmp/notes.part',
      'data/quarantine/1/weights.part',
      'data/quarantine/1/.x.0123456789ab.synapse-tmp',
      'data/quarantine/.x.0123456789ab.synapse-tmp.part',
      `data/trash/1/${DIGEST}.part`,
      'data/trash/1/.mine.0123456789ab.synapse-tmp',
      'state/packs/P/resources/workflows/.a.json.0123456789ab.synapse-tmp',
      'state/packs/P/weights.part',
      'state/packs/P/.pack.json.0a1b.synapse-tmp',
      `data/blobs/sha256/ab/mine.part`,
      'data/views/comfyui/profiles/global/mine/.x.0123456789ab.synapse-tmp',
    ]
    for (const place of [...ours, ...theirs]) putOld(setup, place)
    const { removed } = await cleanStore(setup.ctx, 'test', { dry_run: false })
    assert.deepEqual(removed.map(({ path }) => path).sort(), [...ours].sort())
    for (const place of theirs) assert.ok(fs.existsSync(setup.store.paths.at(place)), place)
  })

  it('leaves young ones of unknown processes', async (t) => {
    const setup = await createTestStore(t)
    setup.put('data/tmp/01890a5d-ac96-774b-bcce-b302099a8057.part', 'x')
    assert.deepEqual((await cleanStore(setup.ctx, 'test', { dry_run: false })).kept, 1)
  })
})

/** A process that owns a partial file of the store; it lives until it is killed. */
async function owner(
  t: TestContext,
  root: string,
): Promise<{ path: string; kill(): Promise<void> }> {
  const program = `
    import fs from 'node:fs'
    import { ownPartials } from ${JSON.stringify(OWNERS)}
    import { partialName } from ${JSON.stringify(NAMES)}
    import { StorePaths } from ${JSON.stringify(PATHS)}
    const paths = new StorePaths(${JSON.stringify(root)})
    await ownPartials(paths)
    const path = paths.temporary + '/' + partialName()
    fs.writeFileSync(path, 'half')
    console.log(path)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const path = await new Promise<string>((resolve) => {
    child.stdout.once('data', (data) => {
      resolve(String(data).trim())
    })
  })
  const kill = () =>
    new Promise<void>((resolve) => {
      child.once('close', () => {
        resolve()
      })
      child.kill('SIGKILL')
    })
  return { path, kill }
}

describe('a partial file', () => {
  it('of a process that lives stays, of one that was killed goes at once', async (t) => {
    const setup = await createTestStore(t)
    const { path, kill } = await owner(t, setup.store.paths.root)
    fs.utimesSync(path, LONG_AGO, LONG_AGO)
    assert.equal((await cleanStore(setup.ctx, 'test', { dry_run: false })).removed.length, 0)
    await kill()
    fs.utimesSync(path, new Date(), new Date())
    assert.equal((await cleanStore(setup.ctx, 'test', { dry_run: false })).removed.length, 1)
    assert.equal(fs.existsSync(path), false)
    const locks = fs
      .readdirSync(setup.store.paths.temporary)
      .filter((name) => name.endsWith('.lock'))
    assert.ok(locks.length <= 1, 'the lock of the killed process is gone')
  })

  it('of this process is never removed', async (t) => {
    const test = await createTestSynapse(t)
    const { services } = test.synapse
    await services.store.ownPartials()
    const { partialName } = await import('../../../../sidecar/platform/temporary-names.ts')
    const path = join(services.store.paths.temporary, partialName())
    fs.writeFileSync(path, 'half')
    fs.utimesSync(path, LONG_AGO, LONG_AGO)
    await test.client.call('store.clean', { body: {} })
    assert.ok(fs.existsSync(path))
  })
})
