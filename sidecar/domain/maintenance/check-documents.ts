/** Doctor's check of the documents of a store: whether each can be read, and its name. */
import { isAppError } from '../../../schemas/errors.ts'
import { RESERVED_NAMES, unportableReason } from '../../../schemas/ids.ts'
import type { Finding } from '../../../schemas/store.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { finding } from './finding.ts'

interface Read {
  readonly reader: StoreReader
}

function problemOf(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (isAppError(error)) return error.message
    throw error
  }
}

/** Reports every document that cannot be read. */
export function checkDocuments({ reader }: Read): Finding[] {
  const reads: [string, () => unknown][] = [
    [reader.paths.config, () => reader.config()],
    [reader.paths.uiSets, () => reader.uiSets()],
    [reader.paths.runtime, () => reader.runtime()],
    [reader.paths.machine, () => reader.machine()],
    [reader.paths.approvals, () => reader.approvals()],
    ...reader.packNames().flatMap((name): [string, () => unknown][] => [
      [reader.paths.pack(name), () => reader.pack(name)],
      [reader.paths.packLock(name), () => reader.lock(name)],
    ]),
    ...reader
      .profileNames()
      .map((name): [string, () => unknown] => [
        reader.paths.profile(name),
        () => reader.profile(name),
      ]),
  ]
  return reads.flatMap(([path, read]) => {
    const problem = problemOf(read)
    if (problem === null) return []
    return [finding('documents', 'error', { message: problem, path: reader.paths.relative(path) })]
  })
}

/** Reports names that are not valid on other systems or in URLs. */
export function checkNames({ reader }: Read): Finding[] {
  const names = [...reader.packNames(), ...reader.profileNames()]
  return [...new Set<string>(names)].flatMap((name) => {
    const reason = RESERVED_NAMES.has(name)
      ? 'is a reserved word of the API'
      : unportableReason(name)
    if (reason === null) return []
    return [finding('names', 'note', `"${name}" ${reason}; it keeps working here`)]
  })
}
