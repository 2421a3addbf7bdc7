/** Hard links of ours whose blobs are gone: each may be the last name of its bytes. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { KnownLink, KnownView } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { folderOf } from './ui-layout.ts'

type Links = KnownView['links']

/** Blobs of one folder below `blobs/`, and when they were all there. */
interface Shard {
  readonly folder: string
  readonly links: readonly KnownLink[]
  /** The fingerprint of the folder then; null where a blob was missing. */
  complete: string | null
}

/**
 * Within this time a later change might not show in the mtime, as on volumes with a coarse clock.
 */
const SETTLED_MS = 3000

const remembered = new WeakMap<Links, { readonly blobs: string; readonly shards: Shard[] }>()

function shardsOf(reader: StoreReader, links: Links): Shard[] {
  const { blobs } = reader.paths
  const known = remembered.get(links)
  if (known?.blobs === blobs) return known.shards
  const hard = [...links.values()].filter(({ form }) => form === 'hard_link')
  const groups = Map.groupBy(hard, ({ sha256 }) => dirname(reader.paths.blob(sha256)))
  const shards = Array.from(groups, ([folder, group]): Shard => {
    return { folder, links: group, complete: null }
  })
  remembered.set(links, { blobs, shards })
  return shards
}

/** A fingerprint of a folder; null where it is missing. */
function stateOf(folder: string): { readonly state: string; readonly isSettled: boolean } | null {
  const stat = fs.statSync(folder, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return null
  const state = [stat.dev, stat.ino, stat.mtimeNs, stat.ctimeNs].join('.')
  return { state, isSettled: Math.abs(Date.now() - Number(stat.ctimeMs)) > SETTLED_MS }
}

/** The links of a shard whose blobs are gone; nothing is checked while its folder is unchanged. */
function lostIn(reader: StoreReader, shard: Shard): KnownLink[] {
  const now = stateOf(shard.folder)
  if (now !== null && now.state === shard.complete) return []
  const lost = shard.links.filter(({ sha256 }) => !reader.hasBlob(sha256))
  shard.complete = now?.isSettled === true && lost.length === 0 ? now.state : null
  return lost
}

/**
 * Lists the folders of a view with hard links of ours whose blobs are gone, which the mtimes of
 * these folders do not show. Costs one `stat` per unchanged folder of `blobs/`.
 */
export function foldersWithLostBlobs(reader: StoreReader, links: Links): Set<string> {
  const lost = shardsOf(reader, links).flatMap((shard) => lostIn(reader, shard))
  return new Set(lost.map(({ path }) => folderOf(path)))
}
