import assert from 'node:assert/strict'
import { statfsSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { must, realApp } from './real-app.ts'

describe('an import of which is known that it must fail', () => {
  it('is refused with its code, and there is no job', async (t) => {
    const setup = await realApp(t)
    const model = setup.file('loras/a.safetensors', 'a')
    await must(setup, 'packs.create', { body: { name: 'Taken' } })
    for (const [name, text] of [
      ['Broken', '{'],
      ['Newer', '{"schema":"synapse.pack.v9"}'],
    ] as const) {
      await must(setup, 'packs.create', { body: { name } })
      writeFileSync(join(setup.root, 'state/packs', name, 'pack.json'), text)
    }
    const paths = [model]
    for (const [code, body] of [
      ['import.source_not_found', { paths: [model, join(setup.folder, 'none')] }],
      ['import.source_not_found', { paths: [join(model, 'none')] }],
      ['import.source_not_found', { paths: [join(setup.folder, 'x'.repeat(300))] }],
      ['import.inside_store', { paths: [model, setup.root] }],
      ['import.inside_store', { paths: [join(setup.root, 'state/config.json')] }],
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
        const answered = await setup.ask(id, { body })
        assert.equal(answered.code, code, `${id} ${JSON.stringify(body)}`)
      }
    }
    const { total }: { total: number } = await must(setup, 'jobs.list')
    assert.equal(total, 0)
  })

  it('for want of room is refused where the sizes are known', async (t) => {
    const setup = await realApp(t)
    const { bavail, bsize } = statfsSync(setup.folder)
    const big = setup.file('big.safetensors', 'big')
    truncateSync(big, bavail * bsize + 1024)
    const { code } = await setup.ask('imports.start', { body: { paths: [big] } })
    assert.equal(code, 'disk.full')
    const { total }: { total: number } = await must(setup, 'jobs.list')
    assert.equal(total, 0)
    unlinkSync(big)
  })
})

describe('an import', () => {
  it('of a link that leads round in a circle passes it over', async (t) => {
    const setup = await realApp(t)
    const path = join(setup.folder, 'loop.safetensors')
    symlinkSync(path, path)
    const result = await setup.import({ paths: [path] })
    assert.deepEqual(result.skipped, [{ path, reason: 'broken_link' }])
  })
})
