/** Which links a view should hold: a pure function of packs, locks, layout and rules. */
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import { RelativePath, unsafePartReason, type Sha256, type UiName } from '../../../schemas/ids.ts'
import { kindOf } from '../../../schemas/kinds.ts'
import type { Dependency, Lock, Pack, Resolved } from '../../../schemas/pack.ts'
import type { Absent, ConflictsMode, PlannedLink, Shadowed } from '../../../schemas/profile.ts'
import { digestOf, exposedName, kindOfFile } from '../../store/lock-entries.ts'
import type { UiLayout } from './layout.ts'

/** A pack of a profile as it was found. */
export interface PackContent {
  readonly name: string
  readonly pack: Pack | null
  readonly lock: Lock | null
  /** True where a document of it cannot be read. */
  readonly broken: boolean
}

/** What the plan of one view is made of. */
export interface ViewInput {
  readonly ui: UiName
  readonly packs: readonly PackContent[]
  readonly layout: UiLayout
  readonly mode: ConflictsMode
  /** What makes two paths the same on this volume. */
  readonly fold: (path: string) => string
  /** Says whether a file is held back from views until somebody approves it. */
  readonly heldBack: (sha256: Sha256, filename: string, path: string) => boolean
}

/** A view as it should be. */
export interface WantedView {
  /** By folded path. */
  readonly links: ReadonlyMap<string, PlannedLink>
  readonly shadowed: readonly Shadowed[]
  readonly absent: readonly Absent[]
}

type Outcome = { readonly link: PlannedLink } | { readonly absent: Absent }

/** The path of a file, of whose three parts the layout has checked the folder. */
function pathOf(folder: string, dependency: Dependency | undefined, name: string): string | null {
  if (unsafePartReason(name) !== null || name.startsWith('.')) return null
  const subfolder = dependency?.expose.subfolder
  if (!subfolder) return `${folder}/${name}`
  return v.is(RelativePath, subfolder) ? `${folder}/${subfolder}/${name}` : null
}

function linkOf(input: ViewInput, content: PackContent, entry: Resolved): Outcome {
  const dependency = content.pack?.dependencies.find((one) => one.id === entry.dependency_id)
  const filename = exposedName(dependency, entry)
  const kind = kindOfFile(dependency, entry)
  const sha256 = digestOf(entry)
  const about = { pack: content.name, dependency_id: entry.dependency_id, kind }
  const without = (reason: Absent['reason']): Outcome => ({
    absent: { ui: input.ui, ...about, filename, sha256, reason },
  })
  if (sha256 === null) return without('unresolved')
  const folder = input.layout.folders.get(kind)
  if (folder === undefined) return without('no_folder')
  const path = pathOf(folder, dependency, filename)
  if (path === null) return without('unusable_name')
  if (input.heldBack(sha256, filename, path)) return without('held_back')
  return { link: { path, sha256, ...about } }
}

function unresolvedOf(input: ViewInput, content: PackContent): Absent[] {
  const resolved = new Set(content.lock?.resolved.map((entry) => entry.dependency_id))
  const wanted = content.pack?.dependencies ?? []
  return wanted
    .filter((dependency) => !resolved.has(dependency.id))
    .map((dependency) => ({
      ui: input.ui,
      pack: content.name,
      dependency_id: dependency.id,
      filename: exposedName(dependency, null),
      kind: kindOf(dependency),
      sha256: null,
      reason: 'unresolved' as const,
    }))
}

function wholePackAbsent(input: ViewInput, content: PackContent): Absent | null {
  if (!content.broken && content.pack !== null) return null
  return {
    ui: input.ui,
    pack: content.name,
    dependency_id: '',
    filename: '',
    kind: 'unknown',
    sha256: null,
    reason: content.broken ? 'pack_broken' : 'pack_missing',
  }
}

const party = ({ pack, dependency_id, sha256 }: PlannedLink) => ({ pack, dependency_id, sha256 })

/**
 * Says which links the view of a profile should hold. Later packs win a path from earlier ones
 * unless the mode says otherwise; the same file twice at one path is no conflict.
 * @throws profile.conflict in mode `strict`
 */
export function planView(input: ViewInput): WantedView {
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
    const whole = wholePackAbsent(input, content)
    if (whole !== null) absent.push(whole)
    for (const entry of content.lock?.resolved ?? []) {
      const outcome = linkOf(input, content, entry)
      if ('link' in outcome) place(outcome.link)
      else absent.push(outcome.absent)
    }
    absent.push(...unresolvedOf(input, content))
  }
  return { links, shadowed: shadowedOf(input, links, losers), absent }
}

function shadowedOf(
  input: ViewInput,
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
