import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import { AppError, ERRORS, type ErrorCode } from '../../../schemas/errors.ts'
import { Problem } from '../../../schemas/jobs.ts'
import { isUnexpected, toAppError, toProblem } from '../../../sidecar/app/to-problem.ts'

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('It does not throw')
}

const errno = (code: string) => Object.assign(new Error(code), { code, path: '/a/b' })

describe('isUnexpected', () => {
  it('leaves errors that were thrown on purpose, and those of disks, without a trace', () => {
    const vanished = new AppError('disk.vanished', '/a/b: ENOENT')
    const errors = [new TypeError('x'), errno('ENOENT'), vanished, errno('ENOSPC')]
    assert.deepEqual(errors.map(isUnexpected), [true, true, false, false])
  })
})

describe('toProblem', () => {
  it('maps each code of the table by its row', () => {
    for (const [code, { status, title }] of Object.entries(ERRORS)) {
      const problem = toProblem(new AppError(code as ErrorCode, 'what happened'))
      assert.deepEqual(problem, {
        type: `urn:synapse:error:${code}`,
        title,
        status,
        detail: 'what happened',
        code,
      })
      assert.ok(v.is(Problem, problem))
    }
  })

  for (const [what, error, code] of [
    ['a full disk', errno('ENOSPC'), 'disk.full'],
    ['a forbidden file', errno('EACCES'), 'disk.denied'],
    ['a read-only disk', errno('EROFS'), 'disk.read_only'],
    ['a broken disk', errno('EIO'), 'disk.failed'],
    ['a file that was there, and is gone', errno('ENOENT'), 'disk.vanished'],
    ['an abort', new DOMException('aborted', 'AbortError'), 'job.cancelled'],
    ['a request that Hono cannot read', new HTTPException(400), 'input.malformed'],
    ['a request that Hono finds too large', new HTTPException(413), 'input.too_large'],
    ['a fault', new TypeError('x is undefined'), 'internal'],
    ['a fault with a status', Object.assign(new Error('x'), { status: 500 }), 'internal'],
    ['a thrown string', 'x is undefined', 'internal'],
    ['nothing', undefined, 'internal'],
  ] as const) {
    it(`maps ${what} to ${code}`, () => {
      assert.equal(toProblem(error).code, code)
    })
  }

  it('hides what was not thrown on purpose, and keeps it as the cause', () => {
    const fault = new TypeError('x is undefined')
    assert.doesNotMatch(JSON.stringify(toProblem(fault)), /undefined/u)
    assert.equal(toAppError(fault).cause, fault)
  })

  it('names the fields that do not fit', () => {
    const schema = v.object({ a: v.object({ b: v.number() }), c: v.string() })
    const problem = toProblem(thrownBy(() => v.parse(schema, { a: { b: 'x' }, c: 'y' })))
    assert.equal(problem.code, 'input.invalid')
    assert.deepEqual(problem.issues, [
      { path: 'a.b', message: 'Invalid type: Expected number but received "x"' },
    ])
  })

  it('is of bounded length, however much is wrong', () => {
    const values = Array.from({ length: 1000 }, () => 'x'.repeat(10_000))
    const problem = toProblem(thrownBy(() => v.parse(v.array(v.number()), values)))
    assert.equal(problem.issues?.length, 50)
    assert.ok(JSON.stringify(problem).length < 50_000)
  })

  it('reveals no token', () => {
    assert.equal(toProblem(new AppError('internal', 'Bearer abc')).detail, 'Bearer …')
  })
})
