/**
 * Room that is kept for a full disk: work that frees space may give it up, and the call that found
 * no room is then made once more.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Gives the room up; false where there was none left. Makes no call that needs room itself. */
export type GiveUpReserve = () => boolean

const FULL = new Set(['ENOSPC', 'EDQUOT'])
const reserves = new AsyncLocalStorage<GiveUpReserve>()

/** Runs `work`, whose calls may use up the reserve; other work that goes on beside it may not. */
export function withReserve<T>(giveUp: GiveUpReserve, work: () => Promise<T>): Promise<T> {
  return reserves.run(giveUp, work)
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL.has(String(error.code))
}

/** Makes a call, and makes it again where it found no room and a reserve was given up. */
export function repeatOnFull<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (!isFull(error) || reserves.getStore()?.() !== true) throw error
    return call()
  }
}

/** Gives the reserve up for the next try where a flush found no room: it cannot be repeated. */
export function noteFull(error: unknown): void {
  if (isFull(error)) reserves.getStore()?.()
}
