import assert from 'node:assert/strict'
import { statfsSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { must, realApp } from './real-app.ts'

describe('an import of which is known that it must fail', () => {
  it('is refused with its code, and there is no job', async (t) => {
    const world = await realApp(t)
    const model = world.file('loras/a.safetensors', 'a')
    await must(world, 'packs.create', { body: { name: 'Taken' } })
    for (const [name, text] of [
      ['Broken', '{'],
      ['Newer', '{"schema":"synapse.pack.v9"}'],
    ] as const) {
      await must(world, 'packs.create', { body: { name } })
      writeFileSync(join(world.root, 'state/packs', name, 'pack.json'), text)
    }
    const paths = [model]
    for (const [code, body] of [
      ['import.source_not_found', { paths: [model, join(world.folder, 'none')] }],
      ['import.source_not_found', { paths: [join(model, 'none')] }],
      ['import.source_not_found', { paths: [join(world.folder, 'x'.repeat(300))] }],
      ['import.inside_store', { paths: [model, world.root] }],
      ['import.inside_store', { paths: [join(world.root, 'state/config.json')] }],
      ['input.invalid', { paths: ['loras/a.safetensors'] }],
      ['input.invalid', { paths, kind: 'no such kind' }],
      ['input.invalid', { paths, mode: 'steal' }],
      ['input.invalid', { paths, hard_link: true }],
      ['input.invalid', { paths, hard_link: true, mode: 'move' }],
      ['input.invalid', { paths, pack: 'a/b' }],
      ['input.invalid', { paths, pack: 'status' }],
      ['pack.name_taken', { paths, pack: 'taken' }],
      ['store.document_broken', { paths, pack: 'Broken' }],
      ['store.newer_format', { paths, pack: 'Newer' }],
    ] as const) {
      for (const id of ['imports.start', 'imports.preview'] as const) {
        const answered = await world.ask(id, { body })
        assert.equal(answered.code, code, `${id} ${JSON.stringify(body)}`)
      }
    }
    const { total }: { total: number } = await must(world, 'jobs.list')
    assert.equal(total, 0)
  })

  it('for want of room is refused where the sizes are known', async (t) => {
    const world = await realApp(t)
    const { bavail, bsize } = statfsSync(world.folder)
    const big = world.file('big.safetensors', 'big')
    truncateSync(big, bavail * bsize + 1024)
    const { code } = await world.ask('imports.start', { body: { paths: [big] } })
    assert.equal(code, 'disk.full')
    const { total }: { total: number } = await must(world, 'jobs.list')
    assert.equal(total, 0)
    unlinkSync(big)
  })
})

describe('an import', () => {
  it('of a link that leads round in a circle passes it over', async (t) => {
    const world = await realApp(t)
    const path = join(world.folder, 'loop.safetensors')
    symlinkSync(path, path)
    const result = await world.import({ paths: [path] })
    assert.deepEqual(result.skipped, [{ path, reason: 'broken_link' }])
  })
})
