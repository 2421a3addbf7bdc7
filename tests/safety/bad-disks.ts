/** How an operation fares on a bad disk. */
import { AppError } from '../../schemas/errors.ts'
import type { Log } from '../../sidecar/app/log/log.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { problemsAfter, problemsOfRepeating, type Case } from './case.ts'
import { OPERATIONS } from './operations.ts'
import { closeQuick, openQuick } from './sandbox.ts'

/** The operations that need neither a second volume nor much room. */
export const ONE_VOLUME = OPERATIONS.filter((row) => row.twoVolumes !== true && row.heavy !== true)

/** Returns an error as the system gives it. */
export function systemError(errno: string): Error {
  return Object.assign(new Error(`${errno}: made for the test`), { code: errno })
}

/** The codes with which a result reports parts that failed. */
function codesIn(result: unknown): string[] {
  const { files, errors } = (result ?? {}) as Record<string, unknown>
  const rows = [files, errors].filter((rows) => Array.isArray(rows)).flat() as { code?: string }[]
  return rows.flatMap(({ code }) => code ?? [])
}

/** The unexpected errors that a store on a bad disk has logged. */
let traces: string[] = []

const log: Log = ({ error }) => {
  if (error instanceof Error) traces.push(error.stack ?? error.message)
}

/**
 * Runs an operation on a bad disk.
 * @returns the reported codes, `internal` with its trace; none where all went well
 */
export async function reportedCodes(one: Case, synapse: Synapse): Promise<string[]> {
  traces = []
  const codes = await codesOf(one, synapse)
  return codes.map((code) => (code === 'internal' ? [code, ...traces].join('\n') : code))
}

async function codesOf(one: Case, synapse: Synapse): Promise<string[]> {
  try {
    return codesIn(await one.row.run(synapse.client, one.sandbox, one.note, synapse))
  } catch (error) {
    if (error instanceof AppError) return [error.code]
    throw error
  }
}

/** Does `work` with a fresh opening of the sandbox. */
export async function opened<T>(
  { sandbox }: Case,
  work: (synapse: Synapse) => Promise<T>,
): Promise<T> {
  const synapse = await openQuick(sandbox, { log })
  try {
    return await work(synapse)
  } finally {
    await closeQuick(synapse)
  }
}

/** Returns what is wrong once the disk works again: all must be whole and the operation finish. */
export async function recovered(one: Case): Promise<string[]> {
  return opened(one, async (synapse) => [
    ...(await problemsAfter(synapse, one)),
    ...(await problemsOfRepeating(synapse, one)),
  ])
}
