/** A whole Synapse over a temporary store, its answers held against the table. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Client } from '../../schemas/client.ts'
import { AppError, isErrorCode } from '../../schemas/errors.ts'
import type { ImportRequest, ImportResult } from '../../schemas/imports.ts'
import type { Job } from '../../schemas/jobs.ts'
import type * as v from 'valibot'
import { createSynapse, type Synapse } from '../../sidecar/http/create-synapse.ts'

/** A Synapse under test. */
export interface TestSynapse {
  readonly synapse: Synapse
  readonly client: Client
  /** The store's root. */
  readonly root: string
  readonly home: string
  /** A folder for the test's own files. */
  readonly folder: string
  /** Writes a file below {@link folder}; gives its path. */
  file(name: string, bytes: string | Uint8Array): string
  /** Imports and waits. */
  import(request: v.InferInput<typeof ImportRequest>): Promise<ImportResult>
  /** Waits for a job and gives it; throws where it failed. */
  wait(job: { readonly id: string }): Promise<Job>
}

/** Returns a temporary folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'synapse-test-')))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Opens a Synapse over `root`, or over a new, initialised store. */
export async function createTestSynapse(t: TestContext, root?: string): Promise<TestSynapse> {
  const base = temporaryFolder(t)
  const home = join(base, 'home')
  const folder = join(base, 'files')
  mkdirSync(folder)
  const synapse = await createSynapse({
    root: root ?? join(base, 'store'),
    home,
    checkAnswers: true,
  })
  t.after(() => synapse[Symbol.asyncDispose]())
  const { client, services } = synapse
  if (root === undefined) await client.call('store.init', { body: {} })

  async function wait(job: { readonly id: string }): Promise<Job> {
    const ended = await services.jobs.wait(job.id)
    if (ended.state === 'succeeded') return ended
    const { code, detail = '' } = ended.problem ?? {}
    const message = `${ended.kind}: ${code ?? ''} ${detail}`
    throw isErrorCode(code) ? new AppError(code, message) : new Error(message)
  }

  return {
    synapse,
    client,
    root: services.store.paths.root,
    home,
    folder,
    file(name, bytes) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
      return path
    },
    async import(request) {
      const job = await client.call('imports.start', { body: request })
      return (await wait(job)).result as ImportResult
    },
    wait,
  }
}
