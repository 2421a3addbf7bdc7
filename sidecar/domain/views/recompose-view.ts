/** Recomposes a view after some of its packs changed, processing only their paths. Pure. */
import { absentOf, partOf, type ComposeInput, type WantedView } from './compose-view.ts'
import { filesOfPack } from './pack-files.ts'
import type { PackPart } from './pack-part.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'

/** A recomposed view. */
export interface RecomposedView {
  readonly view: WantedView
  /** Folded paths that were processed: at all others the same link is wanted as before. */
  readonly changed: ReadonlySet<string>
}

/** The changes of the packs of a view. */
interface Parts {
  readonly now: readonly PackPart[]
  readonly changed: readonly PackPart[]
  readonly gone: readonly PackPart[]
}

/** Up to this many lookups cost less than processing all links of the view. */
const CHEAP_LOOKUPS = 4000

function compareParts(before: WantedView, input: ComposeInput): Parts | null {
  const known = new Map(before.parts.map((part, index) => [part.files, { part, index }]))
  const changed: PackPart[] = []
  let last = -1
  const now: PackPart[] = []
  for (const content of input.packs) {
    const files = filesOfPack(input, content)
    const kept = known.get(files)
    known.delete(files)
    if (kept !== undefined && kept.index < last) return null
    last = kept?.index ?? last
    const part = kept?.part ?? partOf(input, content)
    if (kept === undefined) changed.push(part)
    now.push(part)
  }
  return { now, changed, gone: Array.from(known.values(), ({ part }) => part) }
}

/** The first of the links that packs show at a path; undefined where they differ. */
function onlyLink(parts: readonly PackPart[], key: string): PlannedLink | null | undefined {
  let first: PlannedLink | null = null
  for (const part of parts) {
    for (const { link } of part.at(key)) {
      if (part.blocked.has(link)) continue
      first ??= link
      if (first.sha256 !== link.sha256) return undefined
    }
  }
  return first
}

/**
 * Folded paths at which packs may want another link than before. If packs were only replaced, each
 * in its position, a link that both versions want is unchanged.
 */
function changedKeys({ parts: before }: WantedView, { now, gone, changed }: Parts): Set<string> {
  const keys = new Set([...gone, ...changed].flatMap((part) => [...part.keys()]))
  if (before.length !== now.length) return keys
  const replaced = now.flatMap((part, index) => {
    const old = before[index]
    return old === undefined || old === part ? [] : [{ old, part }]
  })
  if (replaced.length !== changed.length || replaced.length !== gone.length) return keys
  const isKept = (key: string) =>
    replaced.every(({ old, part }) => {
      const isEmpty = old.at(key).length + part.at(key).length === 0
      return isEmpty || old.isSameAt(key, part)
    })
  return new Set([...keys].filter((key) => !isKept(key)))
}

/** The links of a view, updated at some paths; null where packs conflict. */
function changedLinks(
  before: WantedView,
  { now }: Parts,
  keys: ReadonlySet<string>,
): Map<string, PlannedLink> | null {
  const links = new Map(before.links)
  for (const key of keys) {
    const link = onlyLink(now, key)
    if (link === undefined || onlyLink(before.parts, key) === undefined) return null
    if (link === null) links.delete(key)
    else links.set(key, link)
  }
  return links
}

/**
 * Recomposes a view from its former composition, by the same rules and with the same existing
 * links.
 * @returns null where it must be composed from scratch: packs changed their order, too many paths
 * are affected, or packs conflict at one of them
 */
export function recomposeView(before: WantedView, input: ComposeInput): RecomposedView | null {
  const parts = compareParts(before, input)
  if (parts === null) return null
  const { now, changed, gone } = parts
  const keys = changedKeys(before, parts)
  if (gone.length + changed.length === 0) return { view: before, changed: keys }
  if (keys.size * now.length > CHEAP_LOOKUPS + 2 * before.links.size) return null
  const links = keys.size === 0 ? before.links : changedLinks(before, parts, keys)
  if (links === null) return null
  const { shadowed } = before
  return { view: { links, shadowed, absent: absentOf(input.ui, now), parts: now }, changed: keys }
}

/**
 * Sorts folded paths in the order of a composed view: by packs, then by the links of each. Those at
 * which nothing is wanted come last.
 */
export function inOrder({ parts }: WantedView, keys: Iterable<string>): string[] {
  const ranked = Array.from(keys, (key) => ({ key, rank: rankOf(parts, key) }))
  return ranked
    .sort((a, b) => a.rank.part - b.rank.part || a.rank.index - b.rank.index)
    .map(({ key }) => key)
}

interface Rank {
  readonly part: number
  readonly index: number
}

function rankOf(parts: readonly PackPart[], key: string): Rank {
  for (const [index, part] of parts.entries()) {
    const first = part.at(key).find(({ link }) => !part.blocked.has(link))
    if (first !== undefined) return { part: index, index: first.index }
  }
  return { part: parts.length, index: 0 }
}
