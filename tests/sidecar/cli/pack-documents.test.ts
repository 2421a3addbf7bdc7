import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { ERRORS } from '../../../schemas/errors.ts'
import { ANSWERS } from './answers.ts'
import { run } from './fake-host.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'synapse-cli-'))
after(() => {
  rmSync(folder, { recursive: true, force: true })
})

const host = { cwd: folder }
const document = ANSWERS['packs.export']

test('an export goes to stdout, and reads back as the same document', async () => {
  const { out } = await run(['pack', 'export', 'Portraits'])
  assert.deepEqual(JSON.parse(out), document)
  const { calls, code } = await run(['pack', 'restore', '-'], { input: `\uFEFF${out}` })
  assert.deepEqual([code, calls[0]?.input], [0, { body: document, query: { dry_run: false } }])
})

test('an export is written to a new file, never over one', async () => {
  const argv = ['pack', 'export', 'Portraits', '-o', 'p.json']
  const first = await run(argv, { host })
  assert.equal(first.code, 0, first.err)
  assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'p.json'), 'utf8')), document)
  const second = await run(argv, { host })
  assert.equal(second.code, ERRORS['input.invalid'].exit)
  assert.match(second.err, /already exists/u)
  const { calls } = await run(['pack', 'restore', 'p.json', '--dry-run'], { host })
  assert.deepEqual(calls[0]?.input, { body: document, query: { dry_run: true } })
})

test('a missing file and one that is not JSON are distinguished', async () => {
  const absent = await run(['pack', 'restore', 'absent.json'], { host })
  assert.equal(absent.code, ERRORS['import.source_not_found'].exit)
  writeFileSync(path.join(folder, 'bad.json'), '{')
  const bad = await run(['pack', 'restore', 'bad.json'], { host })
  assert.equal(bad.code, ERRORS['export.invalid'].exit)
})
