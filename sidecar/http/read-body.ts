/** Reads the bytes of a request's body up to its limit. */
import type { Context } from 'hono'
import { AppError } from '../../schemas/errors.ts'
import { joined } from '../app/bodies/take-body.ts'
import { LARGE_BYTES, type LargeBodies } from '../app/bodies/large-bodies.ts'

const BLOCK_BYTES = 1024 * 1024
const IDENTITY = 'identity'
const CHUNKED = 'chunked'
const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/iu

function tooLarge(limit: number): AppError {
  return new AppError('input.too_large', `The body is larger than ${limit} bytes`)
}

async function* chunksOf(c: Context): AsyncGenerator<Uint8Array> {
  try {
    yield* (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new AppError('input.malformed', 'The body broke off', { cause })
  }
}

function checkType(c: Context, empty: boolean): void {
  checkEncodings(c)
  const type = c.req.header('content-type')
  if (type === undefined ? empty : JSON_TYPE.test(type)) return
  throw new AppError('input.unsupported_type', 'The body must be application/json')
}

/** Refuses compressed bodies: their real size would not be the one that is counted. */
function checkEncodings(c: Context): void {
  const coding = c.req.header('content-encoding')?.toLowerCase() ?? IDENTITY
  const transfer = c.req.header('transfer-encoding')?.toLowerCase() ?? CHUNKED
  if (coding === IDENTITY && transfer === CHUNKED) return
  throw new AppError('input.unsupported_type', 'The body must not be encoded')
}

/** The maximum size of a body, and the counter of large ones. */
export interface BodyLimits {
  /** The maximum number of bytes. */
  readonly limit: number
  readonly large: Pick<LargeBodies, 'hold' | 'release'>
}

/**
 * Passes the bytes of the body to `use`, in blocks of a megabyte, each with its own memory that may
 * be transferred to another thread; none without a body. Large bodies count as held until `use` is
 * done.
 * @throws input.unsupported_type, input.too_large, input.malformed, service.busy
 */
export async function withBody<T>(
  c: Context,
  { limit, large }: BodyLimits,
  use: (blocks: readonly Uint8Array<ArrayBuffer>[]) => Promise<T> | T,
): Promise<T> {
  const declared = c.req.header('content-length') ?? c.req.header('transfer-encoding')
  checkType(c, declared === undefined || declared === '0')
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLarge(limit)
  const body = new Blocks()
  let held = 0
  try {
    for await (const chunk of chunksOf(c)) {
      body.add(chunk)
      if (body.size > limit) throw tooLarge(limit)
      if (body.size <= LARGE_BYTES) continue
      large.hold(body.size - held)
      held = body.size
    }
    if (body.size > 0) checkType(c, false)
    return await use(body.end())
  } finally {
    large.release(held)
  }
}

/** Assembles chunks into blocks: a whole body at once would block everything else. */
class Blocks {
  size = 0
  readonly #blocks: Uint8Array<ArrayBuffer>[] = []
  #chunks: Uint8Array[] = []
  #waiting = 0

  add(chunk: Uint8Array): void {
    this.size += chunk.length
    this.#chunks.push(chunk)
    this.#waiting += chunk.length
    if (this.#waiting >= BLOCK_BYTES) this.#join()
  }

  end(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#waiting > 0) this.#join()
    return this.#blocks
  }

  #join(): void {
    this.#blocks.push(joined(this.#chunks))
    this.#chunks = []
    this.#waiting = 0
  }
}
