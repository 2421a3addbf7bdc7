/** Parts of the summaries of operations. */
import type { Facts } from './operation.ts'

/** Returns a fact as text; empty where it is not a text. */
export function text(facts: Facts, key: string): string {
  const value = facts[key]
  return typeof value === 'string' ? value : ''
}

/** Returns the beginning of the digest in a fact. */
export function short(facts: Facts, key = 'sha256'): string {
  return text(facts, key).slice(0, 12)
}

/** Returns a count with its noun: "1 model", "3 models". */
export function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
