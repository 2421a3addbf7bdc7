/** Folders whose file system has stopped answering: a FUSE daemon under SIGSTOP. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createClient, type Client } from '../../schemas/client.ts'
import { isAppError } from '../../schemas/errors.ts'
import { canRun, skipLoudly } from '../_support/volumes.ts'
import { endOf, newPlace, startService, until, writeModels } from './real-service.ts'
import type { Place, RealService } from './real-service.ts'

const MB = 1024 * 1024

interface Mount {
  readonly path: string
  hang(): void
  answer(): void
}

/** A mount of a folder that can be made to hang; null, and the test skipped, where there is none. */
async function fuseMount(t: TestContext, place: Place, name = 'far'): Promise<Mount | null> {
  const [source, path] = [join(place.folder, `${name}.files`), join(place.folder, name)]
  mkdirSync(source)
  mkdirSync(path)
  if (!canRun('bindfs', '--version')) {
    skipLoudly(t, 'a folder that hangs needs bindfs and FUSE')
    return null
  }
  const daemon: ChildProcess = spawn('bindfs', ['-f', source, path], { stdio: 'ignore' })
  const isMounted = () => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `)
  await until(() => isMounted() || daemon.exitCode !== null)
  if (daemon.exitCode !== null) {
    skipLoudly(t, 'bindfs cannot mount here')
    return null
  }
  const end = () => {
    daemon.kill('SIGCONT')
    if (isMounted()) canRun('umount', '-l', path)
    daemon.kill('SIGKILL')
  }
  after.get(place)?.push(end)
  return {
    path,
    hang: () => void daemon.kill('SIGSTOP'),
    answer: () => void daemon.kill('SIGCONT'),
  }
}

const after = new Map<Place, (() => void)[]>()

function setupOf(t: TestContext): Place {
  const ends: (() => void)[] = []
  t.after(() => {
    for (const end of ends) end()
  })
  const place = newPlace(t)
  after.set(place, ends)
  return place
}

/** The children of the service that make calls on mounts. */
function readers({ pid }: { readonly pid: number }): string[] {
  return readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
}

async function pidOf(place: Place): Promise<number> {
  const text = readFileSync(join(place.home, 'run/service.json'), 'utf8')
  return (JSON.parse(text) as { pid: number }).pid
}

/** What a person's page and panel ask for. */
async function pagesAnswer({ client, url }: RealService): Promise<void> {
  assert.equal((await client.call('health')).status, 'ok')
  await client.call('store.status')
  await client.call('inventory.list')
  await client.call('profiles.status')
  assert.equal((await fetch(`${url}/`)).status, 200)
}

const isOffline = (error: unknown) => isAppError(error, 'path.offline')

test('a folder that hangs is reported as offline, blocks no other request, and is tried again', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  writeModels(join(far.path, 'loras'), 3, 1000)
  const near = join(place.folder, 'near/loras')
  writeModels(near, 3, 1000)
  const service = await startService(place)
  const { client } = service
  far.hang()
  const paths = [join(far.path, 'loras')]
  const previews = [1, 2, 3].map(() => client.call('imports.preview', { body: { paths } }))
  const refused = Promise.all(previews.map((one) => assert.rejects(one, isOffline)))
  await pagesAnswer(service)
  const other = await client.call('imports.start', { body: { paths: [near] } })
  assert.equal((await endOf(client, other.id)).state, 'succeeded')
  await refused
  const started = client.call('imports.start', { body: { paths } })
  await assert.rejects(started, isOffline)
  for (let n = 0; n < 5; n += 1) {
    await assert.rejects(client.call('imports.preview', { body: { paths } }), isOffline)
  }
  assert.ok(readers({ pid: await pidOf(place) }).length <= 4, 'children pile up')
  await pagesAnswer(service)
  far.answer()
  await until(async () => {
    try {
      return (await client.call('imports.preview', { body: { paths } })).files.total === 3
    } catch (error) {
      assert.ok(isOffline(error), String(error))
      return false
    }
  })
  const { id } = await client.call('imports.start', { body: { paths } })
  const job = await endOf(client, id)
  assert.deepEqual([job.state, job.result?.['imported']], ['succeeded', 3])
})

test('a folder that hangs in mid-import fails its files, and the rest goes on', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  writeModels(join(far.path, 'loras'), 40, 4 * MB)
  const service = await startService(place)
  const { client } = service
  const body = { paths: [join(far.path, 'loras')], pack: 'Far' }
  const { id } = await client.call('imports.start', { body })
  await until(async () => (await client.call('jobs.show', { params: { id } })).done > 0)
  far.hang()
  await pagesAnswer(service)
  const job = await endOf(client, id)
  assert.ok(Number(job.result?.['failed'] ?? 0) > 0 || job.problem?.code === 'path.offline')
  await pagesAnswer(service)
  far.answer()
})

test('what hangs below or behind a link in an imported folder is passed over, and said', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const near = join(place.folder, 'near/loras')
  writeModels(near, 3, 1000)
  writeModels(join(far.path, 'loras'), 2, 2000)
  symlinkSync(join(far.path, 'loras'), join(near, 'linked'))
  symlinkSync(join(far.path, 'loras/model 0.safetensors'), join(near, 'one.safetensors'))
  const service = await startService(place)
  const { client } = service
  const body = { paths: [near] }
  // Three here, two there, and a further name of one of those.
  assert.equal((await client.call('imports.preview', { body })).files.total, 6)
  far.hang()
  const preview = await client.call('imports.preview', { body })
  assert.equal(preview.files.total, 3)
  const reasons = preview.skipped.items.map(({ reason }) => reason)
  assert.deepEqual([...new Set(reasons)], ['offline'])
  await pagesAnswer(service)
  const job = await endOf(client, (await client.call('imports.start', { body })).id)
  assert.deepEqual([job.state, job.result?.['imported']], ['succeeded', 3])
  far.answer()
})

test('a service that starts while the folder of its last import hangs answers', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  writeModels(join(far.path, 'loras'), 40, 4 * MB)
  const first = await startService(place)
  const body = { paths: [join(far.path, 'loras')] }
  const { id } = await first.client.call('imports.start', { body })
  await until(async () => (await first.client.call('jobs.show', { params: { id } })).done > 0)
  await first.stop('SIGKILL')
  far.hang()
  const second = await startService(place)
  await pagesAnswer(second)
  const { state, problem } = await endOf(second.client, id)
  assert.deepEqual([state, problem?.code], ['failed', 'path.offline'])
  far.answer()
})

test('an operation on a folder that hangs is refused; the journal still answers', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const [path = ''] = writeModels(join(far.path, 'loras'), 1, 1000)
  const service = await startService(place)
  const { client } = service
  const body = { paths: [path], mode: 'move' as const, pack: 'Far' }
  const job = await endOf(client, (await client.call('imports.start', { body })).id)
  assert.deepEqual([job.state, job.result?.['imported'], existsSync(path)], ['succeeded', 1, false])
  const entries = (await client.call('journal.list', { query: { op: 'blob.import' } })).items
  const id = entries[0]?.id ?? ''
  far.hang()
  const undo = client.call('journal.undo', { params: { id }, body: {} })
  const reported = assert.rejects(undo, (error) => isAppError(error))
  await pagesAnswer(service)
  await client.call('journal.list')
  await client.call('trash.list')
  await reported
  await pagesAnswer(service)
  far.answer()
})

/** The lines of the journal, the last ones last. */
function journalOf(place: Place): { readonly file: string; readonly lines: string[] } {
  const folder = join(place.root, 'data/journal')
  const file = join(folder, readdirSync(folder).sort().at(-1) ?? '')
  return { file, lines: readFileSync(file, 'utf8').split('\n').filter(Boolean) }
}

/** Leaves the journal as a process leaves it that was killed before it ended an operation. */
function reopenLast(place: Place, op: string): void {
  const { file, lines } = journalOf(place)
  const isEnd = (line: string) => line.includes(`"op":"${op}"`) && line.includes('"phase":"end"')
  const at = lines.findLastIndex(isEnd)
  assert.ok(at >= 0, 'no such operation has ended')
  writeFileSync(file, `${lines.toSpliced(at, 1).join('\n')}\n`)
}

/** A client with the rights of a paired browser. */
async function panelOf({ client, url }: RealService): Promise<Client> {
  const anonymous = createClient({
    baseUrl: url,
    token: () => null,
    fetch: (to, init) => {
      const headers = new Headers(init.headers)
      headers.set('origin', url)
      return fetch(to, { ...init, headers })
    },
  })
  const started = await anonymous.call('auth.pair', { body: { label: 'desk' } })
  await client.call('auth.approve', { body: { code: started.code, approve: true } })
  const { id, secret } = started
  const state = await anonymous.call('auth.pair_state', { params: { id }, body: { secret } })
  return createClient({ baseUrl: url, token: () => state.token ?? null })
}

/** Has the journal report operations of a name. */
async function entriesOf({ client }: RealService, op: string) {
  return (await client.call('journal.list', { query: { op } })).items
}

/** Imports files of a folder by moving them; returns their names. */
async function moveIn({ client }: RealService, folder: string, count: number): Promise<string[]> {
  const paths = writeModels(folder, count, 1000)
  const body = { paths: [folder], mode: 'move' as const, pack: 'Far' }
  const job = await endOf(client, (await client.call('imports.start', { body })).id)
  assert.deepEqual([job.state, job.result?.['imported']], ['succeeded', count])
  assert.ok(paths.every((path) => !existsSync(path)))
  return paths
}

test('a move whose originals stop answering keeps them, and the next change settles it', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const paths = writeModels(join(far.path, 'loras'), 40, 4 * MB)
  const service = await startService(place)
  const { client } = service
  const body = { paths: [join(far.path, 'loras')], mode: 'move' as const, pack: 'Far' }
  const { id } = await client.call('imports.start', { body })
  await until(() => journalOf(place).lines.some((line) => line.includes('"blob.import"')))
  far.hang()
  await pagesAnswer(service)
  await endOf(client, id)
  await pagesAnswer(service)
  await client.call('packs.create', { body: { name: 'Beside', dependencies: [] } })
  far.answer()
  await until(async () => {
    const again = await client.call('imports.start', { body }).catch(() => null)
    if (again === null) return false
    const job = await endOf(client, again.id)
    return job.state === 'succeeded' && job.result?.['failed'] === 0
  })
  assert.deepEqual(
    paths.filter((path) => existsSync(path)),
    [],
  )
  const blobs = (await client.call('inventory.list')).total
  assert.equal(blobs, 40)
  assert.deepEqual((await client.call('store.status')).notes, [])
})

test('undo of a move into a folder that hangs is refused, and works when it answers', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const service = await startService(place)
  const { client } = service
  const paths = await moveIn(service, join(far.path, 'loras'), 3)
  const [release] = await entriesOf(service, 'file.release')
  assert.ok(release)
  const undo = (dry_run: boolean) =>
    client.call('journal.undo', { params: { id: release.id }, body: { dry_run } })
  // It has answered just now: nothing may rely on that.
  await undo(true)
  far.hang()
  const reported = [undo(false), undo(true)].map((one) => assert.rejects(one, isOffline))
  await pagesAnswer(service)
  await client.call('journal.list')
  await client.call('journal.show', { params: { id: release.id } })
  await Promise.all(reported)
  await pagesAnswer(service)
  const doctor = await client.call('store.doctor', { body: {} })
  assert.equal((await endOf(client, doctor.id)).state, 'succeeded')
  await pagesAnswer(service)
  far.answer()
  await until(async () => {
    try {
      await undo(false)
      return true
    } catch (error) {
      assert.ok(isOffline(error), String(error))
      return false
    }
  })
  assert.ok(paths.every((path) => existsSync(path)))
})

test('import roots that hang are left out of lists, and block no other request', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const service = await startService(place)
  const { client } = service
  const near = join(place.folder, 'near')
  mkdirSync(near)
  await client.call('store.config_edit', { body: { import_roots: [far.path, near] } })
  await moveIn(service, join(far.path, 'loras'), 3)
  await moveIn(service, join(near, 'loras'), 2)
  const panel = await panelOf(service)
  const undoable = async () =>
    (await panel.call('journal.list', { query: { op: 'blob.import' } })).items.map(
      (entry) => entry.undoable,
    )
  assert.deepEqual(await undoable(), [true, true, true, true, true])
  far.hang()
  assert.deepEqual(await undoable(), [true, true, false, false, false])
  const doctor = await client.call('store.doctor', { body: {} })
  await pagesAnswer(service)
  assert.equal((await endOf(client, doctor.id)).state, 'succeeded')
  await client.call('store.config_edit', { body: { import_roots: [far.path] } })
  await assert.rejects(panel.call('imports.preview', { body: { paths: [near] } }))
  await pagesAnswer(service)
  far.answer()
})

test('a service killed in the middle of a removal starts while its folder hangs', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const first = await startService(place)
  const [path = ''] = await moveIn(first, join(far.path, 'loras'), 1)
  await first.stop('SIGKILL')
  reopenLast(place, 'file.release')
  far.hang()
  const second = await startService(place)
  await pagesAnswer(second)
  await second.client.call('packs.create', { body: { name: 'Beside', dependencies: [] } })
  const status = await second.client.call('store.status')
  assert.ok(status.notes.some((note) => note.includes('not finished')))
  await pagesAnswer(second)
  far.answer()
  let tries = 0
  await until(async () => {
    tries += 1
    const name = `Pack ${String(tries)}`
    await second.client.call('packs.create', { body: { name, dependencies: [] } })
    return (await second.client.call('store.status')).notes.length === 0
  })
  assert.equal(existsSync(path), false)
})

test('a file being written in a folder that hangs blocks no other import', async (t) => {
  const place = setupOf(t)
  const far = await fuseMount(t, place)
  if (far === null) return
  const near = join(place.folder, 'near/loras')
  const [name = ''] = writeModels(near, 1, 1000).map((path) => basename(path))
  mkdirSync(join(far.path, 'loras'))
  const writer = spawn('sh', ['-c', 'exec 3>>"$1"; echo open; exec sleep 600', 'sh', name], {
    cwd: join(far.path, 'loras'),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  after.get(place)?.push(() => void writer.kill('SIGKILL'))
  await once(writer.stdout, 'data')
  const service = await startService(place)
  const { client } = service
  far.hang()
  const body = { paths: [near], mode: 'move' as const, pack: 'Near' }
  const started = await client.call('imports.start', { body })
  await pagesAnswer(service)
  const job = await endOf(client, started.id)
  assert.deepEqual([job.state, job.result?.['imported']], ['succeeded', 1])
  far.answer()
})
