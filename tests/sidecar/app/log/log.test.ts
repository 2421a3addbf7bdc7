import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { AppError } from '../../../../schemas/errors.ts'
import { LogFile } from '../../../../sidecar/app/log/log.ts'
import { redact, redactText } from '../../../../sidecar/app/log/redact.ts'
import { temporaryFolder } from '../../../_support/http-app.ts'

const clock = { now: () => Date.parse('2026-01-02T03:04:05Z') }

describe('the log', () => {
  it('is JSON lines with the time, made when it is needed', async (t) => {
    const file = join(temporaryFolder(t), 'log', 'service.jsonl')
    await using log = new LogFile({ file, clock })
    log.log({ level: 'info', event: 'service.started', port: 8377 })
    log.log({ level: 'error', event: 'x.failed', error: new Error('two\nlines') })
    await log.flush()
    const [first = '', second = ''] = readFileSync(file, 'utf8').split('\n')
    assert.deepEqual(JSON.parse(first), {
      at: '2026-01-02T03:04:05.000Z',
      level: 'info',
      event: 'service.started',
      port: 8377,
    })
    assert.equal((JSON.parse(second) as { error: { message: string } }).error.message, 'two\nlines')
  })

  it('is for this user alone, also what an older version left open', async (t) => {
    if (process.platform === 'win32') return
    const folder = join(temporaryFolder(t), 'log')
    const file = join(folder, 'service.jsonl')
    mkdirSync(folder, { mode: 0o755 })
    for (const name of ['service.jsonl', 'service.1.jsonl']) {
      writeFileSync(join(folder, name), '{}\n', { mode: 0o644 })
    }
    await using log = new LogFile({ file, clock, fileBytes: 100 })
    for (let n = 0; n < 5; n += 1) {
      log.log({ level: 'info', event: 'line', filling: 'x'.repeat(60) })
      await log.flush()
    }
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
    }
  })

  it('keeps five files of bounded size, the newest lines in the first', async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'service.jsonl')
    const log = new LogFile({ file, clock, fileBytes: 1000 })
    for (let n = 0; n < 100; n += 1) {
      log.log({ level: 'info', event: 'line', n, filling: 'x'.repeat(100) })
      await log.flush()
    }
    const names = ['service.1.jsonl', 'service.2.jsonl', 'service.3.jsonl', 'service.4.jsonl']
    assert.deepEqual(readdirSync(folder).sort(), [...names, 'service.jsonl'])
    for (const name of names) assert.ok(statSync(join(folder, name)).size <= 1000)
    const numbers = [...names.toReversed(), 'service.jsonl'].flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { n: number }).n),
    )
    const first = 100 - numbers.length
    assert.deepEqual(
      numbers,
      numbers.map((_n, index) => first + index),
    )
    assert.equal(numbers.at(-1), 99)
  })

  it('never fails', async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'log'), 'a file where the folder should be')
    const log = new LogFile({ file: join(folder, 'log', 'service.jsonl'), clock })
    log.log({ level: 'info', event: 'lost' })
    await log.flush()
    log.log({ level: 'info', event: 'lost too' })
    await log.flush()
  })
})

describe('redact', () => {
  it('takes out what secrets are called, at any depth, and keeps error codes', () => {
    assert.deepEqual(
      redact({
        token: 't',
        code: 'ABCD-2345',
        authorization: 'x',
        access_token: 'x',
        list: [{ secret: 's', password: 'p', name: 'n' }],
        problem: { code: 'store.locked' },
        status: 200,
      }),
      {
        token: '…',
        code: '…',
        authorization: '…',
        access_token: '…',
        list: [{ secret: '…', password: '…', name: 'n' }],
        problem: { code: 'store.locked' },
        status: 200,
      },
    )
  })

  it('takes secrets out of texts', () => {
    for (const [text, kept] of [
      ['Authorization: Bearer abc.DEF-1_2', 'Authorization: Bearer …'],
      ['GET https://x.example/a?token=1&b=2 failed', 'GET https://x.example/a?… failed'],
      ['open http://127.0.0.1:8377/#login=abc', 'open http://127.0.0.1:8377/#…'],
      ['/api/x?code=1&n=2', '/api/x?code=…&n=2'],
      ['/models/a=b.safetensors', '/models/a=b.safetensors'],
    ] as const) {
      assert.equal(redactText(text), kept)
    }
  })

  it('logs errors with their causes, and stops at cycles', () => {
    const cause = new Error('Bearer abc')
    const reported = redact(new AppError('internal', 'x', { cause })) as {
      cause: { message: string }
    }
    assert.equal(reported.cause.message, 'Bearer …')
    const round: Record<string, unknown> = {}
    round['round'] = round
    assert.ok(JSON.stringify(redact(round)).length < 200)
  })
})
