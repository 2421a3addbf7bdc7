import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERRORS } from '../../../schemas/errors.ts'
import { handlers, press, run } from './fake-host.ts'
import { ANSWERS, importResult, job, SHA } from './answers.ts'

type JobAnswer = ReturnType<typeof job>

const running = (done: number) =>
  job({
    state: 'running',
    unit: 'bytes',
    done,
    total: 1000,
    rate: 100,
    eta_seconds: 9,
    ended_at: null,
  })

/** Answers one state after the other, the last one for ever. */
function states(...all: JobAnswer[]) {
  let at = 0
  return () => all[Math.min(at++, all.length - 1)]
}

const ended = ANSWERS['inventory.verify'] ?? job()
const follows = (...all: JobAnswer[]) => ({
  'inventory.verify': () => running(0),
  'jobs.show': states(...all),
})
const VERIFY = ['inventory', 'verify', '--all']

test('a terminal gets a bar that is wiped at the end', async () => {
  const { code, out, err } = await run(VERIFY, { tty: true, answers: follows(running(450), ended) })
  assert.equal(code, 0, err)
  assert.match(err, /reading {2}█+░+ {2}45 % {2}450 B \/ 1 kB {2}100 B\/s {2}9 s left/u)
  assert.ok(err.endsWith('\r\u001b[2K'))
  assert.match(out, /^1 model read back/u)
})

test('a pipe gets plain lines, one a tenth', async () => {
  const answers = follows(running(10), running(20), running(450), running(460), ended)
  const { err } = await run(VERIFY, { answers })
  assert.deepEqual(err.trimEnd().split('\n'), [
    'reading  0 %  0 B / 1 kB  100 B/s  9 s left',
    'reading  45 %  450 B / 1 kB  100 B/s  9 s left',
  ])
})

test('--json shows no progress, and prints the job as it ended', async () => {
  const answers = follows(running(450), ended)
  const { out, err } = await run([...VERIFY, '--json'], { tty: true, answers })
  assert.deepEqual([out, err], [`${JSON.stringify(ended)}\n`, ''])
})

test('a failed job is reported as its own problem', async () => {
  const problem = {
    type: 'urn:synapse:error:disk.full',
    title: 'The disk is full',
    status: 507,
    detail: 'No room for a.safetensors',
    code: 'disk.full',
    hint: 'Free 1 GB',
  }
  const answers = follows(job({ state: 'failed', problem }))
  const { code, err } = await run(VERIFY, { answers })
  assert.equal(code, ERRORS['disk.full'].exit)
  assert.match(err, /synapse: No room for a\.safetensors\nFree 1 GB\n$/u)
})

test('a cancelled job exits with 130', async () => {
  const { code } = await run(VERIFY, { answers: follows(job({ state: 'cancelled' })) })
  assert.equal(code, 130)
})

function pressedOnce() {
  let pressed = false
  return () => {
    if (!pressed) press()
    pressed = true
    return running(10)
  }
}

test('Ctrl-C asks a job of this process to stop, waits for its end and exits with 130', async () => {
  let cancelled = false
  const touch = pressedOnce()
  const answers = {
    'inventory.verify': () => running(0),
    'jobs.show': () => (cancelled ? job({ state: 'cancelled' }) : touch()),
    'jobs.cancel': () => {
      cancelled = true
      return running(10)
    },
  }
  const { code, calls } = await run(VERIFY, { answers })
  assert.equal(code, 130)
  assert.equal(calls.filter(({ id }) => id === 'jobs.cancel').length, 1)
  assert.equal(handlers.size, 0)
})

test('Ctrl-C leaves a job of the service alone, and says so', async () => {
  const answers = { 'inventory.verify': () => running(0), 'jobs.show': pressedOnce() }
  const { code, err, calls } = await run(VERIFY, { answers, mode: 'service' })
  assert.equal(code, 130)
  assert.match(
    err,
    /job 9c1f00aa31de continues in the service\nTo see it: synapse jobs show 9c1f00aa31de/u,
  )
  assert.ok(!calls.some(({ id }) => id === 'jobs.cancel'))
})

test('bytes that are not what they were exit with 6', async () => {
  const result = { ...ended.result, valid: [], invalid: [SHA] }
  const { code, out } = await run(VERIFY, { answers: follows(job({ result })) })
  assert.equal(code, ERRORS['blob.integrity_mismatch'].exit)
  assert.match(out, /3f2a9c0d11ee: the bytes have changed/u)
})

test('an import names its failures, and exits with the first', async () => {
  const [file] = importResult.files
  const failed = { ...file, outcome: 'failed', sha256: null, code: 'disk.full', detail: 'No room' }
  const result = { ...importResult, failed: 1, files: [...importResult.files, failed] }
  const answers = { 'imports.start': () => job({ result }) }
  const { code, out, calls } = await run(['import', 'a.ckpt', '/b', '-p', 'P'], { answers })
  assert.equal(code, ERRORS['disk.full'].exit)
  assert.match(out, /\/a\.ckpt: No room/u)
  assert.match(out, /blocked\. If you trust it: synapse approve 3f2a9c0d11ee/u)
  const { paths, pack } = calls[0]?.input['body'] as { paths: string[]; pack: string }
  assert.deepEqual([paths, pack], [['/work-folder/a.ckpt', '/b'], 'P'])
})

test('doctor exits with 3 while something is wrong', async () => {
  const finding = {
    ...{ check: 'links', severity: 'error', message: 'A link is broken', path: 'views/x' },
    ...{ repairable: true, repaired: false },
  }
  const checks = [{ check: 'links', findings: 1, duration_ms: 3 }]
  const result = { healthy: false, findings: [finding], checks }
  const { code, out } = await run(['doctor'], {
    answers: { 'store.doctor': () => job({ result }) },
  })
  assert.equal(code, ERRORS['store.document_broken'].exit)
  assert.match(out, /error: A link is broken \(views\/x\); repair with: synapse doctor --repair/u)
})

test('a result of another form is a fault, not a guess', async () => {
  const { code } = await run(VERIFY, { answers: follows(job({ result: { odd: true } })) })
  assert.equal(code, ERRORS.internal.exit)
})
