/** Reads a request's body as far as it may go, as JSON that leaves nothing vague. */
import type { Context } from 'hono'
import { AppError } from '../../schemas/errors.ts'
import { parseJson, type Json } from '../../schemas/json.ts'

const DEEPEST = 64
const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/iu

function tooLarge(limit: number): AppError {
  return new AppError('input.too_large', `The body is larger than ${limit} bytes`)
}

async function readBytes(c: Context, limit: number): Promise<Buffer> {
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLarge(limit)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function checkType(c: Context, empty: boolean): void {
  const type = c.req.header('content-type')
  if (type === undefined ? empty : JSON_TYPE.test(type)) return
  throw new AppError('input.unsupported_type', 'The body must be application/json')
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AppError('input.malformed', 'The body is not valid UTF-8')
  }
}

function parse(text: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    const detail = error instanceof SyntaxError ? error.message : 'The body is not valid JSON'
    throw new AppError('input.malformed', detail.slice(0, 300), { cause: error })
  }
}

/** Goes down level by level, since a value of a megabyte may be half a million levels deep. */
function checkDepth(value: Json): void {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      throw new AppError('input.malformed', `The body is nested deeper than ${DEEPEST} levels`)
    }
    level = level
      .filter((held) => held !== null && typeof held === 'object')
      .flatMap((held) => Object.values(held) as unknown[])
  }
}

/**
 * The body as JSON; undefined where there is none.
 * @param limit most bytes
 * @throws input.unsupported_type, input.too_large, input.malformed
 */
export async function readBody(c: Context, limit: number): Promise<Json | undefined> {
  const declared = c.req.header('content-length') ?? c.req.header('transfer-encoding')
  checkType(c, declared === undefined || declared === '0')
  const bytes = await readBytes(c, limit)
  if (bytes.length === 0) return undefined
  checkType(c, false)
  const value = parse(decode(bytes))
  checkDepth(value)
  return value
}
