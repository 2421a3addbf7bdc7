/**
 * Views of hard links: where a blob is gone or damaged, the name in a view may be the last of its
 * bytes.
 */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

const BYTES = safetensors('m'.repeat(5000))

/** A store with views of hard links that show one model. */
async function shown(t: TestContext) {
  const setup = await createTestSynapse(t)
  const { client } = setup
  await client.call('store.config_edit', { body: { link_kind: 'hard_link' } })
  const result = await setup.import({
    paths: [setup.file('in/loras/m.safetensors', BYTES)],
    pack: 'P',
  })
  await client.call('profiles.use', { body: { pack: 'P' } })
  const sha256 = result.files[0]?.sha256 ?? ''
  const views = join(setup.root, 'data/views')
  return {
    ...setup,
    sha256,
    blob: join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256),
    /** Files in views with the model's bytes. */
    names: () =>
      fs
        .readdirSync(views, { recursive: true, encoding: 'utf8' })
        .map((path) => join(views, path))
        .filter((path) => fs.lstatSync(path).isFile())
        .filter((path) => fs.readFileSync(path).equals(Buffer.from(BYTES))),
    async doctor(body: object): Promise<DoctorReport> {
      const job = await client.call('store.doctor', { body })
      return (await setup.wait(job)).result as unknown as DoctorReport
    },
  }
}

const copies = ({ findings }: DoctorReport) =>
  findings.filter(({ message }) => message.includes('may be a copy of a model'))

describe('a hard link in a view whose blob was removed by hand', () => {
  it('is reported as a possible copy, and stays through everything', async (t) => {
    const setup = await shown(t)
    const before = setup.names().length
    fs.rmSync(setup.blob)
    const { uis } = await setup.client.call('profiles.status')
    const health = uis.flatMap((ui) => ui.health).join('\n')
    assert.match(health, /1 file in the place of links/u)
    assert.doesNotMatch(health, /of the view broken/u)
    assert.ok(copies(await setup.doctor({})).length > 0)
    await setup.client.call('profiles.back', { body: {} })
    await setup.client.call('profiles.use', { body: { pack: 'P' } })
    await setup.client.call('packs.delete', { params: { name: 'P' } })
    assert.ok(setup.names().length >= before)
  })

  it('is restored under its digest, and joins no other pack', async (t) => {
    const setup = await shown(t)
    const before = setup.names().length
    fs.rmSync(setup.blob)
    await setup.doctor({ repair: true })
    assert.deepEqual(fs.readFileSync(setup.blob), Buffer.from(BYTES))
    assert.equal(setup.names().length, before)
    assert.deepEqual(
      (await setup.client.call('packs.list')).items.map(({ name }) => name),
      ['P'],
    )
    assert.deepEqual(copies(await setup.doctor({})), [])
  })

  it('waits while the file has a name outside of the views', async (t) => {
    const setup = await shown(t)
    fs.rmSync(setup.blob)
    const [name = ''] = setup.names()
    fs.linkSync(name, join(setup.folder, 'mine.safetensors'))
    const report = await setup.doctor({ repair: true, adopt: true })
    assert.equal(fs.existsSync(setup.blob), false)
    const reported = copies(report)
    assert.ok(reported.length > 0)
    assert.ok(reported.every(({ repaired, repairable }) => !repaired && !repairable))
  })

  it('does not wait for a name in a view that stays what it is', async (t) => {
    const setup = await shown(t)
    fs.rmSync(setup.blob)
    const [name = ''] = setup.names()
    fs.linkSync(name, join(dirname(name), 'mine.ckpt'))
    await setup.doctor({ repair: true })
    assert.equal(fs.existsSync(setup.blob), true)
  })
})

describe('a hard link in a view whose blob was overwritten by another file', () => {
  it('takes its place again', async (t) => {
    const setup = await shown(t)
    fs.rmSync(setup.blob)
    fs.writeFileSync(setup.blob, Buffer.from(BYTES).fill(1, 4000))
    await setup.doctor({ repair: true })
    assert.deepEqual(fs.readFileSync(setup.blob), Buffer.from(BYTES))
    const report = await setup.doctor({})
    assert.deepEqual(
      report.findings.filter(({ check }) => check === 'views'),
      [],
    )
  })
})
