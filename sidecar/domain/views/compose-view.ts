/** Which links a view should hold: a pure function of packs, locks, layout and rules. */
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256, UiName } from '../../../schemas/ids.ts'
import type { ConflictsMode } from '../../../schemas/profile.ts'
import type { Absent, PlannedLink, Shadowed } from '../../../schemas/view-files.ts'
import type { UiLayout } from './ui-layout.ts'
import { filesOfPack, type PackContent } from './pack-files.ts'
import { PackPart } from './pack-part.ts'

/** The input of the plan of one view. */
export interface ComposeInput {
  readonly ui: UiName
  readonly packs: readonly PackContent[]
  readonly layout: UiLayout
  readonly mode: ConflictsMode
  /** Folds paths that are the same on this volume. */
  readonly fold: (path: string) => string
  /** Reports whether a file is blocked from views until the owner approves it. */
  readonly isBlocked: (sha256: Sha256, path: string) => boolean
}

/** A view as it should be. */
export interface WantedView {
  /** By folded path. */
  readonly links: ReadonlyMap<string, PlannedLink>
  readonly shadowed: readonly Shadowed[]
  readonly absent: readonly Absent[]
  /** The contribution of each pack, in the order in which they apply. */
  readonly parts: readonly PackPart[]
}

const party = ({ pack, dependency_id, sha256 }: PlannedLink) => ({ pack, dependency_id, sha256 })

/** Returns the contribution of one pack to a view, and which of its files are blocked. */
export function partOf(input: ComposeInput, content: PackContent): PackPart {
  const files = filesOfPack(input, content)
  const blocked = files.links.filter((link) => input.isBlocked(link.sha256, link.path))
  return new PackPart(files, new Set(blocked), input.fold)
}

/** Lists the files of packs without a path in a view, and those that are blocked. */
export function absentOf(ui: UiName, parts: readonly PackPart[]): Absent[] {
  return parts.flatMap(({ files, blocked }) => [
    ...Array.from(blocked, (link) => absentLink(ui, link, 'blocked')),
    ...files.absent,
  ])
}

/**
 * Returns which links the view of a profile should hold. Later packs win a path from earlier ones
 * unless the mode says otherwise; the same file twice at one path is not a conflict.
 * @throws profile.conflict in mode `strict`
 */
export function composeView(input: ComposeInput): WantedView {
  const links = new Map<string, PlannedLink>()
  const losers: PlannedLink[] = []

  function place(wanted: PlannedLink): void {
    const key = input.fold(wanted.path)
    const there = links.get(key)
    if (there === undefined) links.set(key, wanted)
    else if (there.sha256 === wanted.sha256) return
    else if (input.mode === 'strict') throw conflict(there, wanted)
    else if (input.mode === 'first_wins') losers.push(wanted)
    else {
      losers.push(there)
      links.set(key, wanted)
    }
  }

  const parts = input.packs.map((content) => partOf(input, content))
  for (const { files, blocked } of parts) {
    for (const link of files.links) if (!blocked.has(link)) place(link)
  }
  const shadowed = shadowedOf(input, links, losers)
  return { links, shadowed, absent: absentOf(input.ui, parts), parts }
}

/** Returns the absent entry of a planned link. */
export function absentLink(ui: UiName, link: PlannedLink, reason: Absent['reason']): Absent {
  const { path, ...about } = link
  return { ui, ...about, filename: path.slice(path.lastIndexOf('/') + 1), reason }
}

function shadowedOf(
  input: ComposeInput,
  links: ReadonlyMap<string, PlannedLink>,
  losers: readonly PlannedLink[],
): Shadowed[] {
  return losers.flatMap((loser) => {
    const winner = links.get(input.fold(loser.path))
    if (winner === undefined || winner.sha256 === loser.sha256) return []
    return [{ ui: input.ui, path: loser.path, winner: party(winner), loser: party(loser) }]
  })
}

function conflict(there: PlannedLink, wanted: PlannedLink): AppError {
  return new AppError(
    'profile.conflict',
    `"${there.pack}" and "${wanted.pack}" both want ${wanted.path}`,
    { hint: 'Rename one of the two files in its pack, or choose another conflicts mode.' },
  )
}
