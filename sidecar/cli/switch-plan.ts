/** Describes a switch in plain words. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { ViewPreview } from '../../schemas/view-preview.ts'
import { list, plural, shortDigest, size } from './format.ts'
import { adoptJobText, outOfSightText } from './hidden-files-text.ts'
import type { View } from './output.ts'
import { group, section } from './section.ts'
import { joined } from './table.ts'

type SwitchResult = Answer<'profiles.use'>
type SwitchPlan = SwitchResult['plan']
type UiPlan = SwitchPlan['uis'][number]
type Absent = SwitchResult['missing'][number]
type Shadowed = SwitchResult['shadowed'][number]

const REASONS: Readonly<Record<Absent['reason'], (absent: Absent) => string>> = {
  missing: () => 'not in the store',
  offline: () => 'its part of the store is not connected',
  unresolved: ({ pack }) => `not resolved yet: synapse resolve ${pack}`,
  blocked: ({ sha256 }) => `blocked until approved: synapse approve ${shortDigest(sha256)}`,
  no_folder: ({ kind, ui }) => `${ui} has no folder for the kind ${kind}`,
  incomplete: () => 'a part of it is not in the store',
  pack_missing: () => 'the pack is not there',
  pack_broken: () => 'the pack cannot be read: synapse doctor',
  bad: () => 'damaged: import the good file again, or synapse inventory verify',
  unusable_name: () => 'the file name cannot be used on this disk',
  path_taken: () =>
    'your file is in its place: move it away or, if it is a whole model, import it with ' +
    'synapse doctor --adopt',
}

/** Returns why a wanted file gets no link. */
export function absentText(absent: Absent): string {
  const name = absent.filename === '' ? absent.dependency_id : absent.filename
  const what = name === '' ? absent.pack : `${name} (${absent.pack})`
  return `${what}: ${REASONS[absent.reason](absent)}`
}

/** Returns which pack won a path, and which lost it. */
export function shadowedText({ path, winner, loser }: Shadowed): string {
  return `${path}: the file of ${winner.pack} is shown, not that of ${loser.pack}`
}

const asIs = (text: string) => text

function stepText({ profile_before: before, profile_after: after }: UiPlan): string {
  if (before === null) return after
  return before === after ? `stays on ${after}` : `${before} → ${after}`
}

function nothingChanges(ui: UiPlan): boolean {
  return [ui.appear, ui.disappear, ui.replace].every(({ total }) => total === 0)
}

function uiText(ui: UiPlan, view: View): string {
  const inTheWay = ui.foreign.items.filter((file) => file.in_the_way)
  return joined([
    `${view.paint('bold', ui.ui)}: ${stepText(ui)}`,
    section(view.paint('green', 'Appears'), ui.appear, asIs),
    section(view.paint('yellow', 'Disappears'), ui.disappear, asIs),
    section(view.paint('yellow', 'Becomes another file'), ui.replace, asIs),
    section('Shadowed', ui.shadowed, shadowedText),
    section(view.paint('yellow', 'Absent'), ui.absent, absentText),
    section(
      view.paint('yellow', 'Quarantined'),
      group(inTheWay),
      (file) => `${file.path} (${size(file.size_bytes)}), a file of yours where a link must stand`,
    ),
    outOfSightText(ui.out_of_sight, view),
    nothingChanges(ui) && '  No visible change.',
  ])
}

/**
 * Returns the plan in words: per interface what appears, disappears, is shadowed, absent,
 * quarantined.
 */
export function planText(plan: SwitchPlan, view: View): string {
  if (plan.uis.length === 0) return 'No interface is affected.'
  return plan.uis.map((ui) => uiText(ui, view)).join('\n')
}

interface Previewed {
  readonly dry_run: boolean
  readonly views?: readonly ViewPreview[] | undefined
}

function viewPreviewText({ ui, problem, ...seen }: ViewPreview, view: View): string {
  return joined([
    `${view.paint('bold', ui)}: stays on ${seen.profile}`,
    section(view.paint('green', 'Appears'), seen.appear, asIs),
    section(view.paint('yellow', 'Disappears'), seen.disappear, asIs),
    section('Points to another file', seen.repoint, asIs),
    problem !== undefined && view.paint('red', `  Cannot follow: ${problem}`),
  ])
}

/** Returns what an operation did, or (in a dry run) would do, and what interfaces would see. */
export function operationText(
  { dry_run, views = [] }: Previewed,
  text: string,
  view: View,
): string {
  if (!dry_run) return text
  return joined([
    view.paint('bold', 'Dry run: nothing is changed.'),
    text,
    ...views.map((one) => viewPreviewText(one, view)),
    views.length === 0 && 'No visible change in any interface.',
  ])
}

function doneText(result: SwitchResult, view: View): string {
  const { added, removed, repointed, uis } = result
  const links = `${plural(added, 'link')} added, ${String(removed)} removed, ${String(repointed)} re-pointed`
  const shown = uis.filter((ui) => !result.not_flipped.includes(ui))
  const where = result.profile === null ? '' : `${result.profile} is active in ${list(shown)}: `
  const late = result.not_flipped
  const done = `${view.paint('green', 'Done.')} ${where}${links}.`
  return joined([
    late.length < uis.length || late.length === 0 ? done : '',
    section('Moved to quarantine', group(result.quarantined), asIs),
    adoptJobText(result.adopt_job),
    ...late.map((ui) => view.paint('yellow', notShownText(ui, result))),
  ])
}

/** Why an interface does not show the new profile yet, and what can be done. */
function notShownText(ui: string, { not_followed: reasons = [] }: SwitchResult): string {
  const why = reasons.find((one) => one.ui === ui)
  if (why === undefined) return `${ui} could not be updated yet; the next switch tries again.`
  return `Not shown yet in ${ui}: ${why.detail}. ${why.hint}`
}

/** Returns what a switch did, or (as a dry run) would do. */
export function switchText(result: SwitchResult, view: View): string {
  const plan = planText(result.plan, view)
  if (!result.dry_run) return joined([plan, doneText(result, view)])
  return joined([
    view.paint('bold', 'Dry run: nothing is changed.'),
    plan,
    view.paint('dim', `To apply exactly this plan: --expect ${result.plan.fingerprint}`),
  ])
}
