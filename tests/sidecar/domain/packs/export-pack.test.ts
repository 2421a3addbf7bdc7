import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { exportPack } from '../../../../sidecar/domain/packs/export-pack.ts'
import { exportedAlpha } from '../../../_support/packs.ts'
import { createTestStore } from '../../../_support/test-store.ts'

const NAME = 'Alpha' as PackName

describe('exportPack', () => {
  it('carries documents and resources, sorted, and nothing else', async (t) => {
    const data = await exportedAlpha(await createTestStore(t))
    assert.deepEqual(
      data.files.map((one) => [one.path, one.encoding]),
      [
        ['lock.json', 'utf8'],
        ['pack.json', 'utf8'],
        ['resources/previews/one.png', 'base64'],
        ['workflows/flow.json', 'utf8'],
      ],
    )
  })

  it('refuses a file above 32 MiB, naming it', async (t) => {
    const setup = await createTestStore(t)
    await exportedAlpha(setup)
    const path = setup.store.paths.at('state/packs/Alpha/resources/film.mp4')
    fs.writeFileSync(path, '')
    fs.truncateSync(path, 33 * 1024 * 1024)
    assert.throws(() => exportPack(setup.ctx, NAME), { code: 'input.too_large', message: /film/u })
  })

  it('follows no link out of the pack', async (t) => {
    const setup = await createTestStore(t)
    await exportedAlpha(setup)
    fs.symlinkSync('/etc/hosts', setup.store.paths.at('state/packs/Alpha/resources/hosts'))
    assert.equal(exportPack(setup.ctx, NAME).files.length, 4)
  })

  it('refuses a pack that is not there', async (t) => {
    const { ctx } = await createTestStore(t)
    assert.throws(() => exportPack(ctx, NAME), { code: 'pack.not_found' })
  })
})
