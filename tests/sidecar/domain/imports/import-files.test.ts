import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import * as v from 'valibot'
import { ImportRequest } from '../../../../schemas/imports.ts'
import { importFiles } from '../../../../sidecar/domain/imports/import-files.ts'
import { quietWork } from '../../../../sidecar/domain/progress.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

test('an import by move that goes on after a crash passes over what it has moved', async (t) => {
  const { synapse, file } = await createTestSynapse(t)
  const paths = ['a', 'b'].map((name) => file(`loras/${name}.safetensors`, name))
  const [first = '', second = ''] = paths
  const request = v.parse(ImportRequest, { paths, mode: 'move' })
  fs.unlinkSync(first)
  const result = await importFiles(synapse.services, { ...quietWork, actor: 'test' }, request)
  assert.deepEqual(result.skipped, [{ path: first, reason: 'gone' }])
  assert.deepEqual([result.imported, fs.existsSync(second)], [1, false])
})

test('a path that is named twice is looked at once', async (t) => {
  const { client, file } = await createTestSynapse(t)
  const path = file('loras/a.safetensors', 'bytes')
  const body = { paths: [path, path] }
  const { files, skipped } = await client.call('imports.preview', { body })
  assert.deepEqual([files.total, skipped.total], [1, 0])
})
