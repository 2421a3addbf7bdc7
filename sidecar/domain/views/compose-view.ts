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
  /** The last of the packs: the one in use, after those that it depends on. */
  readonly inUse: readonly string[]
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

/** Which pack wins each path. */
class Winners {
  readonly links = new Map<string, PlannedLink>()
  readonly losers: PlannedLink[] = []
  readonly #input: ComposeInput
  readonly #inUse: ReadonlySet<string>
  readonly #conflicts = new Map<string, AppError>()

  constructor(input: ComposeInput) {
    this.#input = input
    this.#inUse = new Set(input.inUse)
  }

  /** Adds a link of the next pack. */
  place(wanted: PlannedLink): void {
    const key = this.#input.fold(wanted.path)
    const there = this.links.get(key)
    if (this.#covers(wanted, there)) this.#conflicts.delete(key)
    if (there === undefined) this.links.set(key, wanted)
    else if (there.sha256 !== wanted.sha256) this.#decide(key, there, wanted)
  }

  /** Throws where two packs want one path, and neither may win. @throws profile.conflict */
  assertDecided(): void {
    for (const error of this.#conflicts.values()) throw error
  }

  #decide(key: string, there: PlannedLink, wanted: PlannedLink): void {
    const { mode } = this.#input
    const isFree = mode === 'last_wins' || this.#covers(wanted, there)
    if (!isFree && mode === 'strict') this.#conflicts.set(key, conflict(there, wanted))
    if (isFree || this.#inUse.has(wanted.pack)) {
      this.losers.push(there)
      this.links.set(key, wanted)
    } else this.losers.push(wanted)
  }

  /**
   * Reports whether a pack wins under every mode: the one in use from all others, and those that it
   * depends on from those that it does not.
   */
  #covers(wanted: PlannedLink, there: PlannedLink | undefined): boolean {
    if (!this.#inUse.has(wanted.pack)) return false
    return wanted.pack === this.#input.inUse.at(-1) || !this.#inUse.has(there?.pack ?? '')
  }
}

/**
 * Returns which links the view of a profile should hold. Later packs win a path from earlier ones
 * unless the mode says otherwise; the same file twice at one path is not a conflict. The mode rules
 * the base alone: the pack in use always shows its own files.
 * @throws profile.conflict in mode `strict`
 */
export function composeView(input: ComposeInput): WantedView {
  const winners = new Winners(input)
  const parts = input.packs.map((content) => partOf(input, content))
  for (const { files, blocked } of parts) {
    for (const link of files.links) if (!blocked.has(link)) winners.place(link)
  }
  winners.assertDecided()
  const { links, losers } = winners
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
    {
      hint:
        'Rename one of the two files in its pack, or let one win: ' +
        'synapse profiles edit <profile> --conflicts last_wins',
    },
  )
}
