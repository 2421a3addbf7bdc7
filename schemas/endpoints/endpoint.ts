/** What a row of the endpoint table holds, and what most rows have in common. */
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { PageQuery } from '../values.ts'

/** Who may ask: everybody, any token, or the owner's token alone. */
export type Door = 'open' | 'token' | 'owner'

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
  /** Codes beside those that every address may answer. */
  readonly errors: readonly ErrorCode[]
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
  errors: [],
} as const
