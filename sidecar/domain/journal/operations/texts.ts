/** Pieces of the sentences about operations. */
import type { Facts } from './operation.ts'

/** Returns a fact that is a text; an empty one for any other. */
export function text(facts: Facts, key: string): string {
  const value = facts[key]
  return typeof value === 'string' ? value : ''
}

/** Returns the beginning of the digest that a fact names. */
export function short(facts: Facts, key = 'sha256'): string {
  return text(facts, key).slice(0, 12)
}

/** Returns a count with its noun: "1 model", "3 models". */
export function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
