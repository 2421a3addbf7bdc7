/** What a row of the endpoint table holds, and what most rows have in common. */
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { PageQuery } from '../values.ts'

/** Who may ask: everybody, any token, or the owner's token alone. */
export type Door = 'open' | 'token' | 'owner'

/**
 * What must work for an endpoint to answer: nothing beyond this process, a disk, the documents of
 * the store, or the right to change the store as well. Each may refuse in its own ways.
 */
export type Needs = 'nothing' | 'disk' | 'store' | 'lock'

/** One address: what is sent there and what it answers. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with `{name}` for parameters. */
  readonly path: string
  readonly summary: string
  readonly door: Door
  readonly params: v.ObjectEntries
  readonly query: v.GenericSchema
  readonly body: v.GenericSchema | null
  readonly answer: v.GenericSchema
  /** 202 answers the job that does the work. */
  readonly status: 200 | 202
  readonly needs: Needs
  /** Codes beside those that {@link answeredCodes} adds to all endpoints of its sort. */
  readonly errors: readonly ErrorCode[]
  /** What the job that a 202 answers may end with, beside faults of disks. */
  readonly jobErrors: readonly ErrorCode[]
}

/** The part of the table that one noun brings. */
export type EndpointRows = Readonly<Record<string, Endpoint>>

/** A query or body without fields. */
export const none = v.strictObject({})

/** The query of a plain list. */
export const page = v.strictObject(PageQuery)

/** What a row is unless it says otherwise. */
export const base = {
  door: 'token',
  params: {},
  query: none,
  body: null,
  status: 200,
  needs: 'store',
  errors: [],
  jobErrors: [],
} as const

const EVERYWHERE: readonly ErrorCode[] = [
  'input.invalid',
  'input.malformed',
  'auth.forbidden',
  'route.method_not_allowed',
  'internal',
]
const WITH_BODY: readonly ErrorCode[] = ['input.too_large', 'input.unsupported_type']
const DISK: readonly ErrorCode[] = [
  'disk.denied',
  'disk.failed',
  'disk.full',
  'disk.read_only',
  'disk.vanished',
]
const STORE: readonly ErrorCode[] = [
  ...DISK,
  'store.document_broken',
  'store.newer_format',
  'store.offline',
  'store.absent',
]
const NEEDED: Readonly<Record<Needs, readonly ErrorCode[]>> = {
  nothing: [],
  disk: DISK,
  store: STORE,
  lock: [...STORE, 'store.locked', 'store.network_lock'],
}

/** Every code that an endpoint may answer: those of its row, and those of all of its sort. */
export function answeredCodes(
  endpoint: Pick<Endpoint, 'door' | 'method' | 'needs' | 'errors'>,
): Set<ErrorCode> {
  return new Set([
    ...EVERYWHERE,
    ...(endpoint.door === 'open' ? [] : (['auth.required'] as const)),
    ...(endpoint.method === 'GET' ? [] : WITH_BODY),
    ...NEEDED[endpoint.needs],
    ...endpoint.errors,
  ])
}
