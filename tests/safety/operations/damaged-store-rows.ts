/** Documents that are not there, views without ledgers, and what a copy of a store holds open. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import { pack, sync, use } from '../calls.ts'
import { readJson, readLines, type Seen } from '../seen.ts'
import { blobPath, digestOf, MODELS, openSandbox, put, work, type Sandbox } from '../sandbox.ts'
import { after, ALL, eq, fresh, INK_VIEW, undoOf, UP, view, type Operation } from './operation.ts'

const BLOB = blobPath(digestOf('fresh'))
const originalIn = (sandbox: Sandbox) => join(fresh(sandbox), MODELS.fresh)

/** The inode of its id distinguishes a copy of a store from the original. */
function becomeCopy({ root }: Sandbox): void {
  const path = join(root, 'data/.synapse-id')
  fs.copyFileSync(path, `${path}.copy`)
  fs.renameSync(`${path}.copy`, path)
}

/** The store is a copy of one that was killed while it moved a file in; gives the operation's id. */
async function copyKilledMove(sandbox: Sandbox): Promise<string> {
  const from = originalIn(sandbox)
  await using other = await openSandbox(sandbox)
  const id = await other.services.store.transact('test', (tx) =>
    tx.begin({ op: 'blob.import', before: { path: from }, after: { sha256: digestOf('fresh') } }, [
      { do: 'move', from, to: BLOB },
    ]),
  )
  becomeCopy(sandbox)
  return id
}

/** As {@link copyKilledMove}, copied once the file was in. */
async function copyMoved(sandbox: Sandbox): Promise<string> {
  const id = await copyKilledMove(sandbox)
  fs.mkdirSync(dirname(join(sandbox.root, BLOB)), { recursive: true })
  fs.renameSync(originalIn(sandbox), join(sandbox.root, BLOB))
  return id
}

/** Another program removes the documents of a pack. */
function losePack({ root }: Sandbox, name: string): Promise<void> {
  fs.rmSync(join(root, 'state/packs', name), { recursive: true })
  return Promise.resolve()
}

/** The user, or git, removes a pack and its name in the global profile. */
async function removePack(sandbox: Sandbox, name: string): Promise<void> {
  await losePack(sandbox, name)
  const path = 'state/profiles/global/profile.json'
  const profile = readJson<{ packs: { name: string }[] }>(join(sandbox.root, path))
  const packs = profile?.packs.filter((one) => one.name !== name)
  put(sandbox.root, { [path]: JSON.stringify({ ...profile, packs }) })
}

/** What the register of packs says of one last. */
function registered(seen: Seen, name: string): string | undefined {
  const path = join(seen.sandbox.root, 'data/ledger/packs.jsonl')
  const lines = readLines<{ op: string; pack: string }>(path)
  return lines.findLast((line) => line.pack === name)?.op
}

const WITHOUT_NEON = {
  'models/checkpoints/base.safetensors': 'base',
  'models/loras/ink.safetensors': 'ink',
}

const HIDDEN = 'data/views/alpha/profiles/global/models/loras'
const GONE = 'ab'.repeat(32)

/** No view has its ledger; one has links to where the store once was, and one that leads nowhere. */
async function loseLedgers(c: Client, { root }: Sandbox): Promise<void> {
  await use(c, 'Ink')
  fs.rmSync(join(root, 'data/ledger/links'), { recursive: true })
  const former = (sha256: string) => join('/was/here', blobPath(sha256))
  fs.symlinkSync(former(digestOf('loose')), join(root, HIDDEN, 'moved.safetensors'))
  fs.symlinkSync(former(GONE), join(root, HIDDEN, 'gone.safetensors'))
}

async function otherState(_c: Client, { root }: Sandbox): Promise<void> {
  const path = 'state/.synapse-id'
  const id = readJson<object>(join(root, path))
  const state = '01890a5d-ac96-774b-bcce-b302099a8057'
  put(root, { [path]: JSON.stringify({ ...id, state }) })
}

export const DAMAGED_STORES: readonly Operation[] = [
  {
    name: 'doctor: carry on what a copy holds open',
    covers: ['store.doctor'],
    startsBroken: true,
    prepare: (_c, w) => copyKilledMove(w),
    run: (c, _w, id) => work(c, 'store.doctor', { finish: [id] }),
    settled: (s) => eq([s.blobs(), s.outside().length], [[...ALL, 'fresh'].sort(), 1]),
  },
  {
    name: 'doctor: put back what a copy holds open',
    covers: ['store.doctor'],
    startsBroken: true,
    prepare: (_c, w) => copyMoved(w),
    run: (c, _w, id) => work(c, 'store.doctor', { put_back: [id] }),
    settled: (s) => eq([s.blobs(), s.outside().length], [ALL, 2]),
  },
  {
    name: 'doctor: forget packs',
    covers: ['store.doctor'],
    prepare: after((_c, w) => removePack(w, 'Neon')),
    run: (c) => work(c, 'store.doctor', { forget_packs: true }),
    settled: (s) => {
      eq([registered(s, 'Neon'), registered(s, 'Ink')], ['gone', 'seen'])
      eq(s.blobs(), ALL)
    },
  },
  {
    name: 'doctor: take over another state',
    covers: ['store.doctor'],
    prepare: after(otherState),
    run: (c) => work(c, 'store.doctor', { repair: true }),
    settled: (s) =>
      eq(
        s.json<{ state: string }>('data/.synapse-state')?.state,
        s.json<{ state: string }>('state/.synapse-id')?.state,
      ),
  },
  {
    name: 'delete a pack that is not there',
    covers: ['packs.delete'],
    prepare: after(
      (c) => use(c, 'Neon'),
      (_c, w) => losePack(w, 'Neon'),
    ),
    run: (c) => c.call('packs.delete', pack('Neon')),
    done: ['pack.not_found'],
    settled: (s) => {
      eq([registered(s, 'Neon'), s.profile('global')], ['gone', ['Ink', 'Evil']])
      view(s, [UP], WITHOUT_NEON)
    },
  },
  {
    name: 'undo pack create',
    ...undoOf('pack.create', (c) => c.call('packs.create', { body: { name: 'Two' } })),
    settled: (s) => eq([s.has('state/packs/Two/pack.json'), registered(s, 'Two')], [false, 'gone']),
  },
  {
    name: 'take over views without ledgers',
    covers: ['profiles.sync'],
    startsBroken: true,
    prepare: after(loseLedgers),
    run: sync,
    settled: (s) => {
      view(s, [UP, 'work__Ink'], INK_VIEW)
      eq(s.digestOf(`${HIDDEN}/moved.safetensors`), digestOf('loose'))
      eq(s.isLink(`${HIDDEN}/gone.safetensors`), false)
    },
  },
]
