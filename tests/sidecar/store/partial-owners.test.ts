import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { ownPartials } from '../../../sidecar/store/partial-owners.ts'
import { createTestSynapse } from '../../_support/test-synapse.ts'

test('all who ask at once for the partials of one process get them', async (t) => {
  const { synapse } = await createTestSynapse(t)
  const { paths } = synapse.services.store
  const asked = await Promise.all([1, 2, 3].map(() => ownPartials(paths)))
  for (const one of asked) one[Symbol.dispose]()
  assert.ok(existsSync(paths.temporary))
  const again = await ownPartials(paths)
  again[Symbol.dispose]()
})

test('an import of several files as the first act of a process ends', async (t) => {
  const first = await createTestSynapse(t)
  await first.synapse[Symbol.asyncDispose]()
  const second = await createTestSynapse(t, first.root)
  for (const name of ['a', 'b', 'c']) second.file(`loras/${name}.safetensors`, name)
  const result = await second.import({ paths: [second.folder] })
  assert.equal(result.imported, 3)
  assert.deepEqual(
    readdirSync(second.synapse.services.store.paths.temporary).filter((name) =>
      name.endsWith('.part'),
    ),
    [],
  )
})
