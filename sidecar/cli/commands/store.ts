/** init, status, doctor, clean. */
import type { Answer } from '../../../schemas/endpoints.ts'
import { command, outcome, type Command } from '../command.ts'
import { plural, size } from '../format.ts'
import type { View } from '../output.ts'
import { planText } from '../switch-plan.ts'
import { joined } from '../table.ts'
import { doctor } from './doctor.ts'
import { statusText } from '../status-text.ts'

function initText(
  { dry_run, root, created, already_there, plan }: Answer<'store.init'>,
  view: View,
): string {
  const there = `The store already exists: ${root}`
  const count = plural(created.length, 'document')
  if (!dry_run) return already_there ? there : `Made the store ${root} (${count}).`
  return joined([
    view.paint('bold', 'Dry run: nothing is changed.'),
    already_there ? there : `The store ${root} would be made: ${created.join(', ')}`,
    plan !== undefined && plan.uis.length > 0 && planText(plan, view),
  ])
}

const init = command({
  name: 'init',
  aliases: ['store init'],
  group: 'Store',
  summary: 'Makes an empty store; repeating it changes nothing',
  dry: 'asked',
  details: [
    'A part of a store (data/, data/blobs/, state/) that is not connected is made anew only with --new-parts.',
  ],
  options: {
    'new-parts': { type: 'boolean', summary: 'Make parts anew whose disk is gone for good' },
  },
  examples: ['synapse init', 'synapse init --root /models/synapse --dry-run'],
  asks: ['store.init'],
  async run({ client }, { dryRun, options }) {
    const body = { dry_run: dryRun, new_parts: options['new-parts'] }
    return outcome(await client.call('store.init', { body }), initText)
  },
})

const status = command({
  name: 'status',
  group: 'Store',
  summary: 'Shows what the store holds and what each interface sees',
  examples: ['synapse status', 'synapse status --json'],
  asks: ['store.status'],
  async run({ client }) {
    return outcome(await client.call('store.status'), statusText)
  },
})

const clean = command({
  name: 'clean',
  group: 'Store',
  summary: 'Removes abandoned partial files and expired trash',
  dry: 'asked',
  examples: ['synapse clean --dry-run', 'synapse clean'],
  asks: ['store.clean'],
  async run({ client }, { dryRun }) {
    const result = await client.call('store.clean', { body: { dry_run: dryRun } })
    return outcome(result, ({ removed, bytes_freed, trash_expired, kept, notes, dry_run }, view) =>
      joined([
        dry_run && view.paint('bold', 'Dry run: nothing is changed.'),
        ...removed.map(({ path, size_bytes }) => `${path} (${size(size_bytes)})`),
        `${dry_run ? 'Would remove' : 'Removed'} ${plural(removed.length, 'partial file')} and ${plural(trash_expired, 'expired entry', 'expired entries')} of the trash; ${dry_run ? 'would free' : 'freed'} ${size(bytes_freed)}.`,
        kept > 0 &&
          `${plural(kept, 'partial file')} kept: in use, or younger than a day and of an unknown process.`,
        ...notes,
      ]),
    )
  },
})

/** Rows about the store as a whole. */
export const STORE_COMMANDS: readonly Command[] = [init, status, doctor, clean]
