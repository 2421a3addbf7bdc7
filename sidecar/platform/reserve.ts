/**
 * Space that is reserved for a full disk: work that frees space may give it up, and the call that
 * found the disk full is then repeated once.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Gives up the reserve; false where none was left. Makes no call that needs space itself. */
export type GiveUpReserve = () => boolean

const FULL = new Set(['ENOSPC', 'EDQUOT'])
const reserves = new AsyncLocalStorage<GiveUpReserve>()

/** Runs `work`, whose calls may use up the reserve; concurrent work may not. */
export function withReserve<T>(giveUp: GiveUpReserve, work: () => Promise<T>): Promise<T> {
  return reserves.run(giveUp, work)
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL.has(String(error.code))
}

/** Makes a call, and repeats it if the disk was full and a reserve was given up. */
export function repeatOnFull<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (!isFull(error) || reserves.getStore()?.() !== true) throw error
    return call()
  }
}

/**
 * Gives up the reserve for the next attempt after a flush on a full disk, which cannot be repeated.
 */
export function noteFull(error: unknown): void {
  if (isFull(error)) reserves.getStore()?.()
}
