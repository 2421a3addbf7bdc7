/** list, show, pack ..., resolve. */
import type { Answer } from '../../../schemas/endpoints.ts'
import type { PackDeletion, PackSummary } from '../../../schemas/pack.ts'
import { command, outcome, type Command } from '../command.ts'
import { list as asList, plural, size } from '../format.ts'
import { adoptJobText, followAdoption, outOfSightText } from '../hidden-files-text.ts'
import type { View } from '../output.ts'
import { operationText } from '../switch-plan.ts'
import { PACK_DOCUMENT_COMMANDS } from './pack-documents.ts'
import { joined, moreOf, table, type Column } from '../table.ts'
import { create, edit } from './pack-changes.ts'
import { packName, packText } from '../pack-text.ts'

const PACKS: readonly Column<PackSummary>[] = [
  { title: 'Pack', value: ({ name }) => name, least: 14 },
  {
    title: 'Files',
    value: (pack) => `${String(pack.files_here)}/${String(pack.files)}`,
    align: 'right',
  },
  { title: 'Size', value: ({ size_bytes }) => size(size_bytes), align: 'right' },
  { title: 'Active in', value: ({ active_in_uis }) => asList(active_in_uis), least: 9, spare: 1 },
  { title: 'Base model', value: ({ base_model }) => base_model ?? '–', least: 10, spare: 3 },
  { title: 'Note', value: ({ broken }) => broken ?? '', least: 12, spare: 2, style: () => 'red' },
]

function packsText(page: Answer<'packs.list'>, view: View): string {
  if (page.total === 0) return 'There are no packs. Make one: synapse pack create <name>'
  const columns = page.items.some(({ broken }) => broken !== undefined) ? PACKS : PACKS.slice(0, -1)
  return joined([table(columns, page.items, view), moreOf(page)])
}

const list = command({
  name: 'list',
  aliases: ['pack list'],
  group: 'Packs',
  summary: 'Lists the packs',
  options: {
    search: { type: 'string', value: 'text', summary: 'Only packs that have this in their name' },
    limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
    offset: { type: 'number', summary: 'Rows to skip' },
  },
  examples: ['synapse list', 'synapse list --search portrait'],
  asks: ['packs.list'],
  async run({ client }, { options: { search, limit, offset } }) {
    return outcome(await client.call('packs.list', { query: { search, limit, offset } }), packsText)
  },
})

const show = command({
  name: 'show',
  aliases: ['pack show'],
  group: 'Packs',
  summary: 'Shows a pack with its files',
  words: [packName],
  examples: ['synapse show Portraits'],
  asks: ['packs.show'],
  async run({ client }, { words }) {
    return outcome(await client.call('packs.show', { params: { name: words.pack } }), packText)
  },
})

function deletionText(plan: PackDeletion, view: View): string {
  const orphans = plan.becomes_orphan
  return joined([
    plan.dry_run
      ? view.paint('bold', `The pack ${plan.pack} would be deleted; its models stay.`)
      : `Deleted the pack ${plan.pack}; its models stay.`,
    plan.removed_from_profiles.length > 0 &&
      `Out of profiles: ${asList(plan.removed_from_profiles)}`,
    plan.removed_profiles.length > 0 &&
      `Profiles that go with it: ${asList(plan.removed_profiles)}`,
    plan.goes_back_in_uis.length > 0 && `Goes back a step in: ${asList(plan.goes_back_in_uis)}`,
    orphans.length > 0 &&
      `${plural(orphans.length, 'model')} no longer used by any pack: ${asList(orphans.slice(0, 10).map((one) => one.display_name))}`,
    outOfSightText(plan.out_of_sight, view),
    adoptJobText(plan.adopt_job),
  ])
}

const remove = command({
  name: 'pack delete',
  group: 'Packs',
  summary: 'Deletes a pack, never its models',
  words: [packName],
  dry: 'asked',
  examples: ['synapse pack delete Portraits --dry-run', 'synapse pack delete Portraits --yes'],
  asks: ['packs.delete', 'jobs.show'],
  async run(context, { words, dryRun }) {
    const { client, confirm } = context
    const params = { name: words.pack }
    const plan = await client.call('packs.delete', { params, query: { dry_run: true } })
    const planned = outcome(plan, deletionText)
    if (dryRun) return planned
    await confirm(`Delete the pack ${words.pack}?`, planned)
    const deleted = await client.call('packs.delete', { params })
    await followAdoption(context, deleted)
    return outcome(deleted, deletionText)
  },
})

function resolvedText(result: Answer<'packs.resolve'>, view: View): string {
  const unchanged = result.dry_run ? '; nothing would change' : '; nothing has changed'
  const lines = [
    `${plural(result.resolved, 'file')} ${result.dry_run ? 'would be resolved' : 'resolved'}${result.changed ? '' : unchanged}.`,
    ...result.unresolved.map((one) => `Not resolved: ${one.dependency_id}: ${one.reason ?? ''}`),
  ]
  return operationText(result, joined(lines), view)
}

const resolve = command({
  name: 'resolve',
  aliases: ['pack resolve'],
  group: 'Packs',
  summary: 'Finds the files that a pack wants among those that are here, and fills its lock',
  words: [packName],
  dry: 'asked',
  examples: ['synapse resolve Portraits', 'synapse resolve Portraits --dry-run'],
  asks: ['packs.resolve'],
  async run({ client }, { words, dryRun }) {
    const call = { params: { name: words.pack }, body: { dry_run: dryRun } }
    return outcome(await client.call('packs.resolve', call), resolvedText)
  },
})

/** Rows about packs. */
export const PACK_COMMANDS: readonly Command[] = [
  list,
  show,
  create,
  edit,
  remove,
  ...PACK_DOCUMENT_COMMANDS,
  resolve,
]
