/** Copies that the child process of a mount writes: they are the service's all the same. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { findFiles } from '../../../../sidecar/domain/imports/find-files.ts'
import { identifyAll } from '../../../../sidecar/domain/imports/identify.ts'
import { stageSource } from '../../../../sidecar/domain/imports/stage-source.ts'
import { mountOffline } from '../../../../sidecar/platform/mount-caller.ts'
import { ownerOf, ownProcess } from '../../../../sidecar/platform/temporary-names.ts'
import { PartialOwners } from '../../../../sidecar/store/partial-owners.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

/** Takes a file whose mount is another one; `child` stands for its process. */
async function takenBy(t: TestContext, child: (temporary: string) => unknown) {
  const setup = await createTestSynapse(t)
  const path = setup.file('far/loras/a.safetensors', 'bytes')
  const { services } = setup.synapse
  const request = { paths: [path], mode: 'copy', hard_link: false, all_files: false } as const
  const order = { ...request, paths: [path] }
  const found = await findFiles(services.store.paths, order, { gone: 'refused' })
  const { files } = await identifyAll(found, order)
  const [file] = files
  assert.ok(file)
  const mount = { id: 'far', path: dirname(path) }
  const ask = async (_place: unknown, { input }: { input: { temporary: string } }) =>
    child(input.temporary)
  const mounts = Object.assign(Object.create(services.mounts) as typeof services.mounts, { ask })
  const options = { signal: new AbortController().signal, onBytes: () => undefined }
  const task = { file: { ...file, mount }, request: order, options }
  const taking = stageSource({ ...services, mounts }, task)
  return { taking, paths: services.store.paths }
}

it('a copy of a file of another mount bears the mark of the process that asked for it', async (t) => {
  let name = ''
  const { taking, paths } = await takenBy(t, (temporary) => {
    name = temporary
    return {}
  })
  await taking
  assert.equal(dirname(name), paths.blobsTemporary)
  const owner = ownerOf(name.slice(dirname(name).length + 1))
  assert.equal(owner, ownProcess)
  assert.equal(await new PartialOwners(paths).isAlive(owner), true)
  assert.ok(fs.existsSync(join(paths.temporary, `${ownProcess}.lock`)))
})

it('what a process wrote that stopped answering goes', async (t) => {
  let name = ''
  const { taking } = await takenBy(t, (temporary) => {
    name = temporary
    fs.writeFileSync(temporary, 'half of it')
    throw mountOffline('/far')
  })
  await assert.rejects(taking, { code: 'path.offline' })
  assert.equal(fs.existsSync(name), false)
})
