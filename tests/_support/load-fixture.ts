/** Stores kept as data: one `store.json` per fixture, and what makes a folder of it again. */
import * as fs from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

const FIXTURES = join(import.meta.dirname, '..', 'fixtures')

/** One name on disk. Exactly one of the last five says what it is. */
export interface FixtureEntry {
  /** Where it lies, with `/`, seen from the folder that is unpacked into. */
  readonly path: string
  /** Octal digits; left to the process where absent. */
  readonly mode?: string
  /** Seconds since 1970; now where absent. */
  readonly mtime?: number
  readonly folder?: true
  readonly text?: string
  readonly base64?: string
  /** The target of a symbolic link, as it is written in the link. */
  readonly link?: string
  /** The path of the entry that is the same file. */
  readonly hard_link?: string
}

/** A `store.json`. `${ROOT}` and `${BASE}` in texts and link targets stand for real folders. */
export interface Fixture {
  readonly about: string
  /** Another fixture, to which `remove` and then `entries` are applied. */
  readonly base?: string
  /** Paths to leave out, with all below them. */
  readonly remove?: readonly string[]
  /** Where the store is in the unpacked folder; the folder itself where absent. */
  readonly root?: string
  /** Where a moved store lay before: no folder of this machine. */
  readonly former_root?: string
  readonly entries: readonly FixtureEntry[]
}

/** Reads a fixture with everything that it takes from its base, in the order of the paths. */
async function readFixture(name: string): Promise<Fixture> {
  const text = await fs.readFile(join(FIXTURES, name, 'store.json'), 'utf8')
  const own = JSON.parse(text) as Fixture
  if (own.base === undefined) return own
  const base = await readFixture(own.base)
  const removed = own.remove ?? []
  const gone = (path: string): boolean =>
    removed.some((one) => path === one || path.startsWith(`${one}/`))
  const entries = new Map<string, FixtureEntry>()
  for (const entry of base.entries) if (!gone(entry.path)) entries.set(entry.path, entry)
  for (const entry of own.entries) entries.set(entry.path, entry)
  const sorted = [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return { ...base, ...own, entries: sorted }
}

type Fill = (text: string) => string

/** Replaces the placeholders; inside a JSON string, a path must be written as JSON writes it. */
function filler(root: string, base: string, inJson: boolean): Fill {
  const form = (path: string): string => (inJson ? JSON.stringify(path).slice(1, -1) : path)
  return (text) => text.replaceAll('${ROOT}', form(root)).replaceAll('${BASE}', form(base))
}

async function make(entry: FixtureEntry, at: string, base: string, root: string): Promise<void> {
  if (entry.folder) {
    await fs.mkdir(at, { recursive: true })
    return
  }
  await fs.mkdir(dirname(at), { recursive: true })
  if (entry.link !== undefined) await fs.symlink(filler(root, base, false)(entry.link), at)
  else if (entry.hard_link !== undefined) await fs.link(join(base, entry.hard_link), at)
  else if (entry.text !== undefined) await fs.writeFile(at, filler(root, base, true)(entry.text))
  else await fs.writeFile(at, Buffer.from(entry.base64 ?? '', 'base64'))
}

/**
 * Makes the files, links and folders of `tests/fixtures/<name>/store.json` below `into`, which is
 * created when absent, with their modes and times.
 * @returns the root of the store: `into` itself unless the fixture names a folder in it.
 */
export async function unpackFixture(name: string, into: string): Promise<string> {
  const fixture = await readFixture(name)
  await fs.mkdir(into, { recursive: true })
  // The Python program resolves its root before it writes links, so the placeholder is that too.
  const base = await fs.realpath(resolve(into))
  const root = join(base, fixture.root ?? '.')
  // A hard link needs its file; a folder's time holds only once nothing is made in it any more.
  const hardLinksLast = (entry: FixtureEntry): number => (entry.hard_link === undefined ? 0 : 1)
  const order = fixture.entries.toSorted((a, b) => hardLinksLast(a) - hardLinksLast(b))
  for (const entry of order) await make(entry, join(base, entry.path), base, root)
  for (const entry of fixture.entries.toReversed()) {
    const at = join(base, entry.path)
    if (entry.mode !== undefined) await fs.chmod(at, Number.parseInt(entry.mode, 8))
    if (entry.mtime !== undefined) await fs.lutimes(at, entry.mtime, entry.mtime)
  }
  return root
}
