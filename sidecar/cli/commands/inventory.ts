/** inventory: looking. */
import { BlobStatus, Integrity, InventorySort, Where } from '../../../schemas/inventory.ts'
import {
  command,
  outcome,
  type Command,
  type Options,
  type Args,
  type StoreContext,
} from '../command.ts'
import { impactsText, inventoryText, detailText, summaryText } from '../inventory-text.ts'
import { expandDigest } from '../lookup.ts'

const PAGE_OPTIONS = {
  limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
  offset: { type: 'number', summary: 'Rows to pass over' },
} as const satisfies Options

const FILTERS = {
  kind: { type: 'string', short: 'k', summary: 'Only this kind, such as lora' },
  where: { type: 'string', choices: Where.options, summary: 'Only what lies there' },
  integrity: {
    type: 'string',
    choices: Integrity.options,
    summary: 'Only what is good, changed, bad or unverified',
  },
  pack: { type: 'string', value: 'name', summary: 'Only what this pack uses' },
  search: { type: 'string', value: 'text', summary: 'Part of a name, of a pack, or a digest' },
  sort: {
    type: 'string',
    value: 'column_direction',
    choices: InventorySort.options,
    summary: 'Order (else size_desc)',
  },
  ...PAGE_OPTIONS,
} as const satisfies Options

type Filters = Args<typeof FILTERS, []>['options']

async function listed({ client }: StoreContext, options: Filters, status: BlobStatus | undefined) {
  const { kind, where, integrity, pack, search, sort, limit, offset } = options
  const query = { kind, where, integrity, pack, search, sort_by: sort, limit, offset, status }
  return outcome(await client.call('inventory.list', { query }), inventoryText)
}

const inventory = command({
  name: 'inventory',
  aliases: ['inventory list'],
  group: 'Inventory',
  summary: 'Lists the model files, the biggest first',
  options: {
    status: {
      type: 'string',
      short: 's',
      choices: BlobStatus.options,
      summary: 'Only this status',
    },
    summary: { type: 'boolean', summary: 'Only counts and bytes, over all models' },
    ...FILTERS,
  },
  examples: [
    'synapse inventory',
    'synapse inventory -k lora --search anna --sort name_asc',
    'synapse inventory --summary',
  ],
  asks: ['inventory.list', 'inventory.summary'],
  async run(context, { options }) {
    if (!options.summary) return listed(context, options, options.status)
    return outcome(await context.client.call('inventory.summary'), summaryText)
  },
})

const orphans = command({
  name: 'inventory orphans',
  group: 'Inventory',
  summary: 'Lists the models that no pack uses',
  options: FILTERS,
  examples: ['synapse inventory orphans'],
  asks: ['inventory.list'],
  run: (context, { options }) => listed(context, options, 'orphan'),
})

const missing = command({
  name: 'inventory missing',
  group: 'Inventory',
  summary: 'Lists the models that packs want and that are nowhere',
  options: FILTERS,
  examples: ['synapse inventory missing'],
  asks: ['inventory.list'],
  run: (context, { options }) => listed(context, options, 'missing'),
})

const sha256 = { name: 'sha256', summary: 'Digest of the model, or its first digits' } as const

const show = command({
  name: 'inventory show',
  group: 'Inventory',
  summary: 'Shows all that is known of one model',
  words: [sha256],
  examples: ['synapse inventory show 3f2a9c0d11ee'],
  asks: ['inventory.show', 'inventory.list'],
  async run({ client }, { words }) {
    const params = { sha256: await expandDigest(client, words.sha256) }
    return outcome(await client.call('inventory.show', { params }), detailText)
  },
})

const impacts = command({
  name: 'inventory impacts',
  group: 'Inventory',
  summary: 'Says what deleting a model would break',
  words: [sha256],
  examples: ['synapse inventory impacts 3f2a9c0d11ee'],
  asks: ['inventory.impact', 'inventory.list'],
  async run({ client }, { words }) {
    const params = { sha256: await expandDigest(client, words.sha256) }
    return outcome(await client.call('inventory.impact', { params }), impactsText)
  },
})

/** Rows that look at model files. */
export const INVENTORY_COMMANDS: readonly Command[] = [inventory, show, impacts, orphans, missing]
