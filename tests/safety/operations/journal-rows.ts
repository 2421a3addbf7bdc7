/** Operations whose records do not are in one file of the journal, and jobs of many operations. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { names, readLines, type Seen } from '../seen.ts'
import { edit, lastOperation, take, use } from '../calls.ts'
import { put, sha256Of, type Sandbox } from '../sandbox.ts'
import {
  after,
  ALL,
  eq,
  fresh,
  GLOBAL_VIEW,
  INK_VIEW,
  undoOf,
  undoOfJob,
  UP,
  view,
  type Operation,
} from './operation.ts'

const journalOf = ({ root }: Sandbox) => join(root, 'data/journal')

const filesOf = (sandbox: Sandbox) =>
  names(journalOf(sandbox)).filter((name) => /^\d.*\.jsonl$/u.test(name))

/** The file of the journal that is written to. */
function lastFile(sandbox: Sandbox): string {
  const name = filesOf(sandbox).at(-1)
  assert.ok(name)
  return join(journalOf(sandbox), name)
}

/** The file of the journal is of an earlier month: the next record begins another. */
function endMonth(sandbox: Sandbox): Promise<void> {
  fs.renameSync(lastFile(sandbox), join(journalOf(sandbox), '2020-01.0001.jsonl'))
  return Promise.resolve()
}

const FILE_BYTES = 4 * 1024 * 1024
const RECORD = {
  op: 'pack.edit',
  at: '2026-01-01T00:00:00.000Z',
  actor: 'test',
  before: {},
} as const
/** Room for the record of files that are to join a pack, not for the one after it. */
const ROOM = 1600

function recordOf(number: number, bytes: number): string {
  const id = `01890a5d-ac96-774b-bcce-${String(number).padStart(12, '0')}`
  const record = { ...RECORD, id, phase: 'end' }
  const empty = JSON.stringify({ ...record, after: { text: '' } }).length + 1
  return `${JSON.stringify({ ...record, after: { text: 'x'.repeat(bytes - empty) } })}\n`
}

/** The file of the journal is nearly as long as such a file may be. */
function fillFile(sandbox: Sandbox): Promise<void> {
  const path = lastFile(sandbox)
  const bytes = FILE_BYTES - ROOM - fs.statSync(path).size
  const each = 30_000
  const count = Math.floor(bytes / each)
  const sizes = Array.from({ length: count }, (_one, index) =>
    index === 0 ? each + (bytes % each) : each,
  )
  fs.appendFileSync(path, sizes.map((size, index) => recordOf(index, size)).join(''))
  return Promise.resolve()
}

/** The last file of the journal begins with an operation that began in the one before. */
function wasCarried(seen: Seen): boolean {
  const path = lastFile(seen.sandbox)
  return readLines<{ carried?: true }>(path).some(({ carried }) => carried === true)
}

/** More files than one operation publishes. */
const COUNT = 70
const MANY = Array.from({ length: COUNT }, (_one, index) => `weights ${String(index)}\n`)

function putMany(sandbox: Sandbox): Promise<void> {
  const files = MANY.map((bytes, index) => [`loras/many ${String(index)}.safetensors`, bytes])
  fs.rmSync(fresh(sandbox), { recursive: true })
  put(fresh(sandbox), Object.fromEntries(files) as Record<string, string>)
  return Promise.resolve()
}

const WITH_MANY = [...ALL, ...MANY.map((bytes) => sha256Of(Buffer.from(bytes)))].sort()

export const JOURNAL: readonly Operation[] = [
  {
    name: 'use in a new month',
    covers: ['profiles.use'],
    prepare: after((_c, w) => endMonth(w)),
    run: (c) => use(c, 'Ink'),
    settled: (s) => {
      view(s, [UP, 'work__Ink'], INK_VIEW)
      eq(filesOf(s.sandbox).length, 2)
    },
  },
  {
    name: 'undo of an operation in an earlier file of the journal',
    ...undoOf('pack.edit', (c) => edit(c, 'Neon', { remove: ['glow'] })),
    prepare: async (c, w) => {
      await edit(c, 'Neon', { remove: ['glow'] })
      const id = await lastOperation(c, 'pack.edit')
      await endMonth(w)
      return id
    },
    settled: (s) => eq(s.pack('Neon'), { neon: 'neon', glow: 'glow' }),
  },
  {
    name: 'import into a pack while the journal begins another file',
    covers: ['imports.start'],
    heavy: true,
    prepare: after((_c, w) => fillFile(w)),
    run: (c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' }),
    settled: (s) => {
      eq(Object.values(s.pack('New')).sort(), ['fresh', 'other'])
      eq([s.blobs().length, wasCarried(s)], [ALL.length + 2, true])
    },
  },
  {
    name: 'import many files into a pack',
    covers: ['imports.start'],
    heavy: true,
    prepare: after((_c, w) => putMany(w)),
    run: (c, w) => take(c, fresh(w), { mode: 'move', pack: 'Many' }),
    settled: (s) => {
      eq(s.blobs(), WITH_MANY)
      eq(Object.keys(s.pack('Many')).length, COUNT)
      eq(Object.keys(s.shown('beta')).length, COUNT + Object.keys(GLOBAL_VIEW).length)
    },
  },
  {
    name: 'undo import of many files into a pack',
    heavy: true,
    ...undoOfJob(async (c, w) => {
      await putMany(w)
      await take(c, fresh(w), { mode: 'move', pack: 'Many' })
    }),
    settled: (s) => {
      eq([s.blobs(), s.outside().length], [ALL, COUNT])
      view(s, [UP], GLOBAL_VIEW)
    },
  },
]
