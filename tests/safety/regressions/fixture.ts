/** What a regression test works with, and how it checks a store. */
import fs from 'node:fs'
import type { TestContext } from 'node:test'
import type { Client } from '../../../schemas/client.ts'
import { isAppError } from '../../../schemas/errors.ts'
import type { Synapse } from '../../../sidecar/http/create-synapse.ts'
import { digestAt, walk, type Seen } from '../seen.ts'
import { letRest, put, type Sandbox } from '../sandbox.ts'

/** A store with models, packs and views, and the user's own files. */
export interface Fixture {
  readonly t: TestContext
  readonly sandbox: Sandbox
  readonly seen: Seen
  readonly synapse: Synapse
  readonly client: Client
  /** A path below the store's root. */
  readonly at: (path: string) => string
}

/** What happened → what is done here. */
export type Regression = readonly [string, (fixture: Fixture) => Promise<void>]

/** The view that both interfaces begin with, as the first has it. */
export const VIEW = 'data/views/alpha/profiles/global'

/** Returns a check whether an error has a code. */
export const fails = (code: string) => (error: unknown) => isAppError(error) && error.code === code

/** Puts a foreign file into the store that is written to no more. @returns `path` */
export function putUnmanaged(fixture: Fixture, path: string): string {
  put(fixture.sandbox.root, { [path]: 'precious' })
  letRest(fixture.at(path))
  return path
}

/**
 * Returns all that a folder of the store holds, by path: links as text, files by digest, no mere
 * copies.
 */
export function everything(folder: string): Record<string, string> {
  const entries = walk(folder).filter(
    ({ path, kind }) => kind !== 'folder' && !/^data\/(index\.|store\.lock|jobs\/)/u.test(path),
  )
  return Object.fromEntries(
    entries.map(({ path, absolute, kind }) => [
      path,
      kind === 'link' ? fs.readlinkSync(absolute) : digestAt(absolute),
    ]),
  )
}
