/**
 * Looks through JSON text before it is taken apart: how much it holds, and what it leaves vague.
 */

/** How much a text may hold. */
export interface ScanLimits {
  /** Values at every level: each object, list, text, number and so on. */
  readonly values: number
  /** Levels of objects and lists inside each other. */
  readonly depth: number
}

/** What a scan found first, if anything. */
export type ScanFault =
  | { readonly fault: 'too_many_values' | 'too_deep' }
  | { readonly fault: 'key_twice' | 'key_forbidden'; readonly key: string }

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const LIST = 0x5b
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d

const decoder = new TextDecoder()

/** The index behind the string that begins at `start`; the length where it has no end. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let quote = start; ;) {
    quote = bytes.indexOf(QUOTE, quote + 1)
    if (quote < 0) return bytes.length
    let first = quote
    while (bytes[first - 1] === BACKSLASH) first -= 1
    if ((quote - first) % 2 === 0) return quote + 1
  }
}

/** A key as JSON means it; null where it is none, which whoever takes the text apart will say. */
function keyAt(bytes: Uint8Array, start: number, end: number): string | null {
  const text = decoder.decode(bytes.subarray(start, end))
  try {
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
  } catch {
    return null
  }
}

/** What is open at some place of the text, and how much came before it. */
class Structure {
  readonly #limits: ScanLimits
  /** Keys of the objects that are open; null for a list. */
  readonly #open: (Set<string> | null)[] = []
  #values = 1
  #keyNext = false

  constructor(limits: ScanLimits) {
    this.#limits = limits
  }

  /** The object whose key comes next; null where a value does. */
  get keys(): Set<string> | null {
    return this.#keyNext ? (this.#open.at(-1) ?? null) : null
  }

  text(key: string | null): ScanFault | null {
    const { keys } = this
    this.#keyNext = false
    if (keys === null || key === null) return null
    if (key === '__proto__') return { fault: 'key_forbidden', key }
    if (keys.has(key)) return { fault: 'key_twice', key }
    keys.add(key)
    return null
  }

  mark(byte: number): ScanFault | null {
    if (byte === OBJECT || byte === LIST) this.#open.push(byte === OBJECT ? new Set() : null)
    else if (byte === OBJECT_END || byte === LIST_END) this.#open.pop()
    else if (byte !== COMMA) return null
    const ends = byte === OBJECT_END || byte === LIST_END
    this.#keyNext = !ends && this.#open.at(-1) instanceof Set
    if (!ends) this.#values += 1
    if (this.#open.length > this.#limits.depth) return { fault: 'too_deep' }
    return this.#values > this.#limits.values ? { fault: 'too_many_values' } : null
  }
}

/**
 * Looks through UTF-8 text that should be JSON: one pass, linear, with memory for the keys of open
 * objects only. Whether it is JSON is not said here.
 * @returns the first thing that is wrong; null where nothing is
 */
export function scanJson(bytes: Uint8Array, limits: ScanLimits): ScanFault | null {
  const structure = new Structure(limits)
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    let fault: ScanFault | null
    if (byte === QUOTE) {
      const end = endOfString(bytes, at)
      fault = structure.text(structure.keys === null ? null : keyAt(bytes, at, end))
      at = end - 1
    } else fault = structure.mark(byte)
    if (fault !== null) return fault
  }
  return null
}

/**
 * Returns where in a value a text or key stands that is not proper Unicode, since it holds half a
 * character: dotted path; null where all are whole.
 */
export function illFormedAt(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : ''
  if (value === null || typeof value !== 'object') return null
  for (const [key, held] of Object.entries(value)) {
    if (!key.isWellFormed()) return key.toWellFormed()
    const below = illFormedAt(held)
    if (below !== null) return below === '' ? key : `${key}.${below}`
  }
  return null
}
