/** An import that stops in the middle says how far it came. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import type { Sha256 } from '../../../../schemas/ids.ts'
import { createSynapse } from '../../../../sidecar/http/create-synapse.ts'
import { tmpfs } from '../../../_support/volumes.ts'
import { createTestSynapse, temporaryFolder } from '../../../_support/test-synapse.ts'

const MB = 1024 * 1024
const FILES = 600

it('reports how many files were imported before the disk was full, and repeating takes the rest', async (t) => {
  const disk = tmpfs(t, '24m')
  if (disk === null) return
  const base = temporaryFolder(t)
  const source = join(base, 'loras')
  fs.mkdirSync(source)
  for (let index = 0; index < FILES; index += 1) {
    const bytes = Buffer.alloc(20_000, `model ${String(index)} `)
    fs.writeFileSync(join(source, `m${String(index)}.safetensors`), bytes)
  }
  await using synapse = await createSynapse({ root: join(disk, 'store'), home: join(base, 'home') })
  const { client, services } = synapse
  await client.call('store.init', { body: {} })
  const body = { paths: [source] }
  // Another program fills the disk once the import has begun.
  const filler = setInterval(() => {
    if (fs.readdirSync(join(services.store.paths.data, 'journal')).length === 0) return
    const count = [...services.store.reader.blobs()].length
    if (count === 0) return
    clearInterval(filler)
    fs.writeFileSync(join(disk, 'fill'), Buffer.alloc(MB))
    const { bavail, bsize } = fs.statfsSync(disk)
    fs.writeFileSync(join(disk, 'fill'), Buffer.alloc(Math.max(0, bavail * bsize - 3 * MB)))
  }, 1)
  const job = await services.jobs.wait((await client.call('imports.start', { body })).id)
  clearInterval(filler)
  assert.equal(job.problem?.code, 'disk.full', JSON.stringify(job.problem))
  const held = [...services.store.reader.blobs()].length
  assert.ok(held > 0 && held < FILES)
  const reported = `${job.problem.detail} ${job.problem.hint ?? ''}`
  assert.doesNotMatch(reported, /Nothing was written/u)
  assert.match(reported, new RegExp(`${String(held)} of ${String(FILES)} files were imported`, 'u'))
  fs.rmSync(join(disk, 'fill'))
  const again = await services.jobs.wait((await client.call('imports.start', { body })).id)
  const { imported, already_there } = again.result as { imported: number; already_there: number }
  assert.deepEqual([imported + already_there, already_there >= held], [FILES, true])
})

it('finishes what a crash interrupted before it looks for files', async (t) => {
  const setup = await createTestSynapse(t)
  const { store } = setup.synapse.services
  const [left, other] = ['left', 'other'].map((name) =>
    setup.file(`loras/${name}.safetensors`, name),
  )
  const sha256 = createHash('sha256').update('left').digest('hex') as Sha256
  const to = store.paths.relative(store.paths.blob(sha256))
  await store.transact('test', (tx) =>
    tx.begin({ op: 'blob.import', before: { path: left }, after: { sha256, how: 'moved' } }, [
      { do: 'move', from: store.paths.relative(left ?? ''), to },
    ]),
  )
  const { files } = await setup.import({ paths: [setup.folder], mode: 'move', pack: 'P' })
  assert.deepEqual(
    files.map(({ path, outcome }) => [path, outcome]),
    [[other, 'imported']],
  )
  assert.ok(store.reader.hasBlob(sha256))
})
