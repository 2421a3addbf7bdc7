/** JSON as the store writes it, and a reader that refuses what JSON leaves vague. */

/** Any value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: Json
}

const STRUCTURE = /["{}[\],]/gu

/** The index behind the string that begins at `start`; `text` is known to be JSON. */
function endOfString(text: string, start: number): number {
  for (let quote = start; ;) {
    quote = text.indexOf('"', quote + 1)
    let first = quote
    while (text[first - 1] === '\\') first -= 1
    if ((quote - first) % 2 === 0) return quote + 1
  }
}

/** Marks, and strings whole. No pattern for strings: one of many megabytes would exhaust it. */
function* tokensOf(text: string): Generator<string> {
  const marks = new RegExp(STRUCTURE)
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    if (match[0] === '"') marks.lastIndex = endOfString(text, match.index)
    yield match[0] === '"' ? text.slice(match.index, marks.lastIndex) : match[0]
  }
}

function refuseVagueKeys(text: string): void {
  const open: (Set<string> | null)[] = []
  let keyNext = false
  for (const token of tokensOf(text)) {
    const keys = open.at(-1)
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null)
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ',' && keyNext && keys) {
      const key = JSON.parse(token) as string
      if (keys.has(key)) throw new SyntaxError(`The key "${key}" appears twice`)
      if (key === '__proto__') throw new SyntaxError('The key "__proto__" is not allowed')
      keys.add(key)
    }
    keyNext = token === '{' || (token === ',' && open.at(-1) !== null)
  }
}

/** As the store and most programs write it: a key that stood there twice is lost in `value`. */
function isUsualText(text: string, value: Json): boolean {
  const again = JSON.stringify(value, null, text.includes('\n') ? 2 : 0)
  return (again === text || `${again}\n` === text) && !text.includes('__proto__')
}

/**
 * Reads JSON text. A leading byte-order mark is passed over.
 * @throws SyntaxError where the text is not JSON, or one object has a key twice or `__proto__`.
 */
export function parseJson(text: string): Json {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text
  const value = JSON.parse(body) as Json
  if (!isUsualText(body, value)) refuseVagueKeys(body)
  return value
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, held]) => [key, sorted(held)]))
}

/** Returns the text of a document: keys sorted, two spaces, raw Unicode, one final newline. */
export function documentText(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`
}

/** Returns one line of a JSON Lines file: keys sorted, no spaces, one final newline. */
export function lineText(value: unknown): string {
  return `${JSON.stringify(sorted(value))}\n`
}

/** Returns the canonical text of a value: equal values give equal texts. */
export function canonicalText(value: unknown): string {
  const text = JSON.stringify(sorted(value)) as string | undefined
  return text ?? 'null'
}
