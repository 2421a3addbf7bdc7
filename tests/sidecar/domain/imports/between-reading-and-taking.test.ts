/** What others do to a file between the moments at which an import finds, reads and takes it. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ImportRequest, ImportResult } from '../../../../schemas/imports.ts'
import { importFiles } from '../../../../sidecar/domain/imports/import-files.ts'
import { quietWork } from '../../../../sidecar/domain/progress.ts'
import type { HashPool } from '../../../../sidecar/platform/hash-pool.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

interface Disturbed {
  readonly setup: TestSynapse
  readonly path: string
  /** Imports the file; `disturb` is done each time before or after it is read. */
  run(disturb: { before?: () => void; after?: () => void }): Promise<ImportResult>
}

async function disturbed(t: TestContext, mode: 'move' | 'copy'): Promise<Disturbed> {
  const setup = await createTestSynapse(t)
  const path = setup.file('own/loras/a.safetensors', safetensors('a'))
  const { services } = setup.synapse
  const paths = [dirname(path)]
  const request: ImportRequest = { paths, mode, hard_link: false, all_files: false }
  return {
    setup,
    path,
    run: ({ before, after }) => {
      const pool: HashPool = {
        copy: async (...about) => {
          before?.()
          return services.pool.copy(...about)
        },
        hash: async (...about) => {
          if (about[0] === path) before?.()
          const digests = await services.pool.hash(...about)
          if (about[0] === path) after?.()
          return digests
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }
      return importFiles({ ...services, pool }, { ...quietWork, actor: 'owner' }, request)
    },
  }
}

const codesOf = ({ files }: ImportResult) => files.map(({ outcome, code }) => [outcome, code])

describe('a folder that becomes a link to another one after its files were found', () => {
  for (const mode of ['copy', 'move'] as const) {
    it(`gives nothing of the other folder, by ${mode}`, async (t) => {
      const { setup, path, run } = await disturbed(t, mode)
      const secret = setup.file('secret/a.safetensors', safetensors('b'))
      const swap = () => {
        if (fs.lstatSync(dirname(path)).isSymbolicLink()) return
        fs.renameSync(dirname(path), join(setup.folder, 'own/before'))
        fs.symlinkSync(dirname(secret), dirname(path))
      }
      const result = await run({ before: swap })
      assert.deepEqual(codesOf(result), [['failed', 'import.source_changed']])
      assert.equal((await setup.client.call('inventory.list')).total, 0)
      assert.ok(fs.existsSync(secret))
      assert.ok(fs.existsSync(join(setup.folder, 'own/before/a.safetensors')))
    })
  }
})

describe('a file whose change time alone has moved since it was read', () => {
  it('is read again, and moved', async (t) => {
    const { path, run } = await disturbed(t, 'move')
    let touched = 0
    const touch = () => {
      touched += 1
      if (touched === 1) fs.chmodSync(path, 0o600)
    }
    assert.deepEqual(codesOf(await run({ after: touch })), [['imported', undefined]])
    assert.equal(touched, 2)
    assert.equal(fs.existsSync(path), false)
  })

  it('stays where other bytes stand behind its old time', async (t) => {
    const { setup, path, run } = await disturbed(t, 'move')
    const rewrite = () => {
      const { atime, mtime } = fs.statSync(path)
      const bytes = fs.readFileSync(path)
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
      fs.writeFileSync(path, bytes)
      fs.utimesSync(path, atime, mtime)
    }
    const { mtimeMs } = fs.statSync(path)
    fs.utimesSync(path, mtimeMs / 1000, Math.floor(mtimeMs / 1000))
    const result = await run({ after: rewrite })
    assert.deepEqual(codesOf(result), [['failed', 'import.source_changed']])
    assert.ok(fs.existsSync(path))
    assert.equal((await setup.client.call('inventory.list')).total, 0)
  })

  it('stays where that goes on', async (t) => {
    const { path, run } = await disturbed(t, 'move')
    let mode = 0o600
    const touch = () => {
      mode = mode === 0o600 ? 0o644 : 0o600
      fs.chmodSync(path, mode)
    }
    assert.deepEqual(codesOf(await run({ after: touch })), [['failed', 'import.source_changed']])
    assert.ok(fs.existsSync(path))
  })
})
