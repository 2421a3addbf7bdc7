/** A store opened for one command answers as the app does, whichever way a call takes. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../../schemas/errors.ts'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { openDirect } from '../../../sidecar/http/open-direct.ts'
import { temporaryFolder } from '../../_support/http-app.ts'

async function bothWays(t: TestContext) {
  const folder = temporaryFolder(t)
  const options = { root: `${folder}/store`, home: `${folder}/home` }
  const whole = await createSynapse(options)
  await whole.client.call('store.init', { body: {} })
  await whole.client.call('packs.create', { body: { name: 'Portraits' } })
  const direct = await openDirect(options)
  t.after(async () => {
    await direct[Symbol.asyncDispose]()
    await whole[Symbol.asyncDispose]()
  })
  return { whole: whole.client, direct: direct.client }
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError)
  const { code, message, hint, issues, details } = error
  return { code, message, hint, issues, details }
}

describe('a store opened for one command', () => {
  it('reads what the app reads', async (t) => {
    const { whole, direct } = await bothWays(t)
    const show = { params: { name: 'Portraits' } }
    assert.deepEqual(await direct.call('packs.show', show), await whole.call('packs.show', show))
    const query = { limit: 10, search: undefined }
    const [one, other] = [direct, whole].map((client) => client.call('packs.list', { query }))
    assert.deepEqual(await one, await other)
  })

  it('refuses what the app refuses, in the same words', async (t) => {
    const { whole, direct } = await bothWays(t)
    for (const name of ['nothing', '', '.', '..', 'a/b', 'a\ud800', 'x'.repeat(300)]) {
      const show = { params: { name } }
      const reported = await failure(direct.call('packs.show', show))
      assert.deepEqual(reported, await failure(whole.call('packs.show', show)), name)
    }
    const list = { query: { limit: -1 } }
    const reported = await failure(direct.call('packs.list', list))
    assert.deepEqual(reported, await failure(whole.call('packs.list', list)))
  })

  it('changes what the app changes', async (t) => {
    const { whole, direct } = await bothWays(t)
    await direct.call('packs.create', { body: { name: 'Later' } })
    assert.equal((await whole.call('packs.list')).total, 2)
  })
})
