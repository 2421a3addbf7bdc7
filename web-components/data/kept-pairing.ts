/** A pairing under way, kept over a reload of the page: only three may wait at a time. */
import type { Surface } from '../contexts/surface.ts'
import type { PairStarted } from './session.ts'

const keyOf = (surface: Surface) => `synapse:pairing:${surface}:${location.pathname}`

/** Keeps the pairing of a surface; null forgets it. */
export function keepPairing(surface: Surface, started: PairStarted | null): void {
  try {
    if (started) sessionStorage.setItem(keyOf(surface), JSON.stringify(started))
    else sessionStorage.removeItem(keyOf(surface))
  } catch {
    // Storage is blocked: a reload requests a new code.
  }
}

/** Returns the pairing that is kept and still valid; null where there is none. */
export function keptPairing(surface: Surface): PairStarted | null {
  try {
    const text = sessionStorage.getItem(keyOf(surface)) ?? 'null'
    const started = JSON.parse(text) as PairStarted | null
    return started && Date.parse(started.expires_at) > Date.now() ? started : null
  } catch {
    return null
  }
}
