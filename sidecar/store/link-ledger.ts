/** The links that we made in each view: recorded before a link is made. */
import fs from 'node:fs'
import { lineText } from '../../schemas/json.ts'
import { LinkRecord, type LinkForm } from '../../schemas/records.ts'
import type { Sha256 } from '../../schemas/ids.ts'
import { appendLines, replaceFile } from '../platform/disk.ts'
import { fileFingerprint } from './documents.ts'
import { readLines } from './lines.ts'

/** A link of ours, by its path in the view. */
export interface KnownLink {
  readonly path: string
  readonly sha256: Sha256
  readonly form: LinkForm
  readonly target: string
  readonly model_kind: string
}

/** A view by its ledger. */
export interface KnownView {
  readonly links: ReadonlyMap<string, KnownLink>
  /**
   * Every folder that holds a link or ever held one → the mtime that we last gave it; 0 while it is
   * being changed.
   */
  readonly mtimes: ReadonlyMap<string, number>
  /** Inodes of those folders, where they are known. */
  readonly inodes: ReadonlyMap<string, string>
  /** Folder → the names in it that are not ours, where they were written down. */
  readonly others: ReadonlyMap<string, readonly string[]>
  /** Path at which something else has replaced a link → the blob that the link led to. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Lines in the file: compared with the number of links to decide on compaction. */
  readonly lines: number
  /** Lines that are not records. */
  readonly broken: number
}

interface Held {
  readonly fingerprint: string
  readonly view: KnownView
}

const EMPTY: KnownView = {
  links: new Map(),
  mtimes: new Map(),
  inodes: new Map(),
  others: new Map(),
  replaced: new Map(),
  lines: 0,
  broken: 0,
}
const SLACK_LINES = 256

function fold(records: readonly LinkRecord[], before: KnownView = EMPTY, broken = 0): KnownView {
  const links = new Map(before.links)
  const mtimes = new Map(before.mtimes)
  const inodes = new Map(before.inodes)
  const others = new Map(before.others)
  const replaced = new Map(before.replaced)
  for (const record of records) {
    if (record.op !== 'stamp') replaced.delete(record.path)
    if (record.op === 'remove') {
      links.delete(record.path)
      if (record.replaced !== undefined) replaced.set(record.path, record.replaced)
    } else if (record.op === 'stamp') {
      mtimes.set(record.path, record.at)
      setOrDelete(inodes, record.path, record.ino)
      setOrDelete(others, record.path, record.others)
    } else {
      const folder = record.path.slice(0, Math.max(0, record.path.lastIndexOf('/')))
      if (!mtimes.has(folder)) mtimes.set(folder, 0)
      links.set(record.path, {
        path: record.path,
        sha256: record.sha256,
        form: record.kind,
        target: record.target,
        model_kind: record.model_kind ?? 'unknown',
      })
    }
  }
  const lines = before.lines + records.length + broken
  return { links, mtimes, inodes, others, replaced, lines, broken: before.broken + broken }
}

function setOrDelete<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

/** Returns the record that makes a link known. */
export function addRecord(link: KnownLink): LinkRecord {
  return {
    op: 'add',
    path: link.path,
    sha256: link.sha256,
    kind: link.form,
    target: link.target,
    model_kind: link.model_kind,
  }
}

/** The ledgers of one store's views. */
export class LinkLedger {
  readonly #held = new Map<string, Held>()

  /** The view recorded by the ledger at a path; null where there is no ledger. */
  read(path: string): KnownView | null {
    const fingerprint = fileFingerprint(path)
    if (fingerprint === null) return null
    const held = this.#held.get(path)
    if (held?.fingerprint === fingerprint) return held.view
    const { records, broken } = readLines(path, LinkRecord)
    const view = fold(records, EMPTY, broken)
    this.#held.set(path, { fingerprint, view })
    return view
  }

  /** Appends records and flushes them. @throws disk.* */
  async append(path: string, records: readonly LinkRecord[]): Promise<void> {
    if (records.length === 0) return
    const before = this.read(path) ?? EMPTY
    await appendLines(path, records.map(lineText).join(''))
    this.#held.set(path, { fingerprint: fileFingerprint(path) ?? '', view: fold(records, before) })
  }

  /** Rewrites a ledger without superseded lines, once they are more than half of it. */
  async compact(path: string): Promise<void> {
    const view = this.read(path)
    if (view === null) return
    const needed = view.links.size + view.mtimes.size + view.replaced.size
    if (view.lines <= 2 * needed + SLACK_LINES) return
    const records = viewRecords(view)
    await replaceFile(path, records.map(lineText).join(''))
    this.#held.set(path, { fingerprint: fileFingerprint(path) ?? '', view: fold(records) })
  }
}

function viewRecords(view: KnownView): LinkRecord[] {
  const mtimes = [...view.mtimes].map(([path, at]): LinkRecord => {
    const [ino, others] = [view.inodes.get(path), view.others.get(path)]
    return {
      ...{ op: 'stamp', path, at },
      ...(ino === undefined ? {} : { ino }),
      ...(others === undefined ? {} : { others: [...others] }),
    }
  })
  const replaced = [...view.replaced].map(([path, sha256]): LinkRecord => {
    return { op: 'remove', path, replaced: sha256 }
  })
  return [...mtimes, ...replaced, ...[...view.links.values()].map(addRecord)]
}

/** Returns names of the ledgers in a folder: profiles of one interface. */
export function ledgerNames(folder: string): string[] {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length))
}
