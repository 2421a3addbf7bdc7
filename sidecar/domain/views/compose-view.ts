/** Which links a view should hold: a pure function of packs, locks, layout and rules. */
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256, UiName } from '../../../schemas/ids.ts'
import type { Absent, ConflictsMode, PlannedLink, Shadowed } from '../../../schemas/profile.ts'
import type { UiLayout } from './layout.ts'
import { filesOfPack, type PackContent } from './pack-files.ts'

/** What the plan of one view is made of. */
export interface ComposeInput {
  readonly ui: UiName
  readonly packs: readonly PackContent[]
  readonly layout: UiLayout
  readonly mode: ConflictsMode
  /** What makes two paths the same on this volume. */
  readonly fold: (path: string) => string
  /** Reports whether a file is blocked from views until somebody approves it. */
  readonly isBlocked: (sha256: Sha256, path: string) => boolean
}

/** A view as it should be. */
export interface WantedView {
  /** By folded path. */
  readonly links: ReadonlyMap<string, PlannedLink>
  readonly shadowed: readonly Shadowed[]
  readonly absent: readonly Absent[]
}

const party = ({ pack, dependency_id, sha256 }: PlannedLink) => ({ pack, dependency_id, sha256 })

/**
 * Returns the links that the view of a profile should hold. Later packs win a path from earlier
 * ones unless the mode says otherwise; the same file twice at one path is no conflict.
 * @throws profile.conflict in mode `strict`
 */
export function composeView(input: ComposeInput): WantedView {
  const links = new Map<string, PlannedLink>()
  const losers: PlannedLink[] = []
  const absent: Absent[] = []

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

  for (const content of input.packs) {
    const files = filesOfPack(input.ui, input.layout, content)
    for (const link of files.links) {
      if (input.isBlocked(link.sha256, link.path))
        absent.push(absentLink(input.ui, link, 'blocked'))
      else place(link)
    }
    absent.push(...files.absent)
  }
  return { links, shadowed: shadowedOf(input, links, losers), absent }
}

/** Returns a file that has a place, and is not shown there. */
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
