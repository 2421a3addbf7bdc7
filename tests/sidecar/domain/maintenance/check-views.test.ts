import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { documentText } from '../../../../schemas/json.ts'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { temporaryBeside } from '../../../../sidecar/platform/temporary-names.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

it('doctor reports a missing model once, however many interfaces want it', async (t) => {
  const setup = await createTestSynapse(t)
  const paths = [setup.file('loras/a.safetensors', 'a model')]
  const { files } = await setup.import({ paths, mode: 'move', pack: 'P' })
  const sha256 = files[0]?.sha256 ?? ''
  fs.rmSync(join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256))
  const job = await setup.client.call('store.doctor', { body: { repair: true } })
  const { findings } = (await setup.wait(job)).result as unknown as DoctorReport
  const reported = findings.filter(({ message }) => message === 'P: a.safetensors is not here')
  assert.equal(reported.length, 1, JSON.stringify(findings))
})

/** What another program does to a link while a change of ours gives its folder our mtime. */
const BEHIND_OUR_MTIME: Readonly<Record<string, (link: string) => void>> = {
  'a link to the same model, written otherwise': (link) => {
    const target = fs.realpathSync(link)
    fs.unlinkSync(link)
    fs.symlinkSync(target, link)
  },
  'a link to another model': (link) => {
    fs.unlinkSync(link)
    fs.symlinkSync(fs.readlinkSync(join(dirname(link), 'b.safetensors')), link)
  },
  'no link': (link) => {
    fs.unlinkSync(link)
  },
  'a temporary link of a process that died': (link) => {
    fs.symlinkSync('nowhere', temporaryBeside(link))
  },
}

for (const [what, write] of Object.entries(BEHIND_OUR_MTIME)) {
  it(`doctor finds ${what} behind our mtime, and repairs it`, async (t) => {
    const setup = await createTestSynapse(t)
    const paths = ['a', 'b'].map((name) => setup.file(`loras/${name}.safetensors`, name))
    await setup.import({ paths, mode: 'copy', pack: 'P' })
    const folder = join(setup.root, 'data/views/comfyui/active/models/loras')
    const { mtime } = fs.statSync(folder)
    write(join(folder, 'a.safetensors'))
    fs.utimesSync(folder, mtime, mtime)
    const ask = async () => {
      const job = await setup.client.call('store.doctor', { body: { repair: true } })
      const { findings } = (await setup.wait(job)).result as unknown as DoctorReport
      return findings.filter(({ check }) => check === 'views')
    }
    assert.deepEqual(
      (await ask()).map((one) => one.repaired),
      [true],
    )
    assert.deepEqual(await ask(), [])
    assert.deepEqual(fs.readdirSync(folder), ['a.safetensors', 'b.safetensors'])
    assert.equal(fs.readFileSync(join(folder, 'a.safetensors'), 'utf8'), 'a')
    const known = setup.synapse.services.store.reader.knownView(
      'comfyui' as never,
      'global' as never,
    )
    const target = fs.readlinkSync(join(folder, 'a.safetensors'))
    assert.equal(known?.links.get('models/loras/a.safetensors')?.target, target)
  })
}

it('doctor forgets links of a folder that is gone, once no pack wants them', async (t) => {
  const setup = await createTestSynapse(t)
  const paths = [setup.file('loras/old/a.safetensors', 'a'), setup.file('loras/b.safetensors', 'b')]
  await setup.import({ paths, mode: 'copy', pack: 'P' })
  const { reader } = setup.synapse.services.store
  const [pack, lock] = [reader.pack('P' as never), reader.lock('P' as never)]
  const isKept = (id: string) => id === pack?.dependencies.at(-1)?.id
  const dependencies = pack?.dependencies.filter(({ id }) => isKept(id))
  const resolved = lock?.resolved.filter((entry) => isKept(entry.dependency_id))
  fs.writeFileSync(reader.paths.pack('P' as never), documentText({ ...pack, dependencies }))
  fs.writeFileSync(reader.paths.packLock('P' as never), documentText({ ...lock, resolved }))
  const view = join(setup.root, 'data/views/comfyui/active/models/loras')
  const folder = join(view, 'old')
  const { mtime } = fs.statSync(view)
  fs.unlinkSync(join(folder, 'a.safetensors'))
  fs.rmdirSync(folder)
  fs.utimesSync(view, mtime, mtime)
  const views = async () => {
    const job = await setup.client.call('store.doctor', { body: { repair: true } })
    const { findings } = (await setup.wait(job)).result as unknown as DoctorReport
    return findings.filter(({ check }) => check === 'views')
  }
  await views()
  assert.deepEqual(await views(), [])
})
