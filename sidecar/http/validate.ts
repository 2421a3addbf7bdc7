/** Checks what an endpoint is given, by its row of the table; nothing unchecked gets further. */
import type { Context } from 'hono'
import * as v from 'valibot'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import type { Issue } from '../../schemas/errors.ts'
import { invalidInput, issuesOf } from '../app/to-problem.ts'
import { readBody } from './read-body.ts'

const BODY_BYTES = 1024 * 1024
const EXPORT_BYTES = 70 * 1024 * 1024

/** What a handler gets, its types known only to the table. */
export interface CheckedInput {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** Most bytes of a body of this endpoint. */
export function bodyLimit(endpoint: Endpoint): number {
  return endpoint.path === '/api/packs/restore' ? EXPORT_BYTES : BODY_BYTES
}

/**
 * Reads and checks parameters, query and body.
 * @throws input.* with an issue for each field that is wrong
 */
export async function validate(c: Context, endpoint: Endpoint): Promise<CheckedInput> {
  const params = check(v.strictObject(endpoint.params), c.req.param())
  const asked = queryOf(c)
  const reads = endpoint.method === 'GET'
  const given = reads ? undefined : await readBody(c, bodyLimit(endpoint))
  const body = plainObject(given === undefined ? {} : given)
  if (endpoint.body !== null) {
    return { params, query: check(endpoint.query, asked), body: check(endpoint.body, body) }
  }
  return { params, query: check(endpoint.query, merged(asked, body)), body: undefined }
}

function queryOf(c: Context): Record<string, string> {
  const pairs = [...new URL(c.req.url).searchParams]
  const seen = new Set<string>()
  for (const [key] of pairs) {
    if (seen.has(key)) throw invalidInput([{ path: key, message: 'Stands in the query twice' }])
    seen.add(key)
  }
  return Object.fromEntries(pairs)
}

function plainObject(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidInput([{ path: '', message: 'The body must be an object' }])
  }
  return value as Record<string, unknown>
}

/** What a DELETE asks may stand in its query or in its body, but not differently in both. */
function merged(
  query: Readonly<Record<string, string>>,
  body: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const issues = Object.entries(query)
    .filter(([key, value]) => Object.hasOwn(body, key) && String(body[key]) !== value)
    .map(([path]) => ({ path, message: 'Query and body differ' }))
  if (issues.length > 0) throw invalidInput(issues)
  return Object.fromEntries([...Object.entries(body), ...Object.entries(query)])
}

function check(schema: v.GenericSchema, value: unknown): unknown {
  const checked = v.safeParse(schema, value)
  if (!checked.success) throw invalidInput(issuesOf(checked.issues))
  const issues = listIssues(value, checked.output, '')
  if (issues.length > 0) throw invalidInput(issues)
  return checked.output
}

/** Lists that stand where an object belongs: valibot takes them for objects without keys. */
function listIssues(given: unknown, taken: unknown, path: string): Issue[] {
  if (given === null || typeof given !== 'object' || taken === null || typeof taken !== 'object') {
    return []
  }
  if (Array.isArray(given) !== Array.isArray(taken)) {
    return [{ path, message: 'Expected an object but received a list' }]
  }
  return Object.entries(taken).flatMap(([key, held]) =>
    Object.hasOwn(given, key)
      ? listIssues((given as Record<string, unknown>)[key], held, path ? `${path}.${key}` : key)
      : [],
  )
}
