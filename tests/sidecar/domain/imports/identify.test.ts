import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { findFiles } from '../../../../sidecar/domain/imports/find-files.ts'
import { identifyAll } from '../../../../sidecar/domain/imports/identify.ts'
import { createTestStore } from '../../../_support/test-store.ts'
import { freshFolder } from '../../../_support/volumes.ts'

it('identifyAll() yields to other work of the service', async (t) => {
  const { store } = await createTestStore(t)
  const path = join(freshFolder(t), 'loras', 'a.safetensors')
  fs.mkdirSync(join(path, '..'))
  fs.writeFileSync(path, 'bytes')
  const request = { paths: [path], mode: 'copy', hard_link: false, all_files: false } as const
  const order = { ...request, paths: [path] }
  const found = await findFiles(store.paths, order, { gone: 'refused' })
  let hasYielded = false
  setImmediate(() => (hasYielded = true))
  const { files } = await identifyAll(found, order)
  assert.equal(hasYielded, true)
  assert.deepEqual(
    files.map(({ kind, kind_from }) => ({ kind, kind_from })),
    [{ kind: 'lora', kind_from: 'folder' }],
  )
})
