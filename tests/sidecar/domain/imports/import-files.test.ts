import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { setTimeout as later } from 'node:timers/promises'
import * as v from 'valibot'
import { AppError } from '../../../../schemas/errors.ts'
import { ImportRequest } from '../../../../schemas/imports.ts'
import { importFiles } from '../../../../sidecar/domain/imports/import-files.ts'
import type { HashPool } from '../../../../sidecar/platform/hash-pool.ts'
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

test('an import that a full disk ends has ended: no other file is still read', async (t) => {
  const { synapse, file } = await createTestSynapse(t)
  const { pool } = synapse.services
  let read: 'no' | 'begun' | 'stopped' = 'no'
  const failing: HashPool = {
    hash: (path, options) => pool.hash(path, options),
    copy: async (path, _target, options) => {
      if (!path.endsWith('slow.safetensors')) {
        while (read === 'no') await later(1)
        throw new AppError('disk.full', 'no room')
      }
      read = 'begun'
      await later(60_000, null, { signal: options?.signal }).catch(() => later(50))
      read = 'stopped'
      throw new AppError('job.cancelled', 'Stopped on request')
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const paths = ['full', 'slow'].map((name) => file(`loras/${name}.safetensors`, name))
  const request = v.parse(ImportRequest, { paths, mode: 'copy' })
  const work = { ...quietWork, actor: 'test' }
  await assert.rejects(importFiles({ ...synapse.services, pool: failing }, work, request), {
    code: 'disk.full',
  })
  assert.equal(read, 'stopped')
})
