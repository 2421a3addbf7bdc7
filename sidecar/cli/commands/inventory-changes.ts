/** inventory delete, cleanup, verify, migrate-manifests; approve, revoke. */
import { AppError, ERRORS, isErrorCode } from '../../../schemas/errors.ts'
import { MigrateResult, VerifyResult, type ApprovalResult } from '../../../schemas/inventory.ts'
import { command, outcome, type Command } from '../command.ts'
import { shortDigest } from '../format.ts'
import { cleanupText, deletionText, migrateText, verifyText } from '../inventory-text.ts'
import { expandConfirmation, expandDigests, expandItem } from '../lookup.ts'
import type { View } from '../output.ts'
import { resultOf } from '../results.ts'
import { operationText } from '../switch-plan.ts'

const sha256 = { name: 'sha256', summary: 'Digest of the model, or its first digits' } as const

interface Failure {
  readonly code: string
}

/** The exit code of the first failure of several; 0 where there is none. */
function exitOf([first]: readonly Failure[]): number {
  if (!first) return 0
  return ERRORS[isErrorCode(first.code) ? first.code : 'internal'].exit
}

const remove = command({
  name: 'inventory delete',
  group: 'Inventory',
  summary: 'Deletes a copy of a model; the last copy only when it is named twice',
  details: [
    'Shows what would break and asks. Copies that are not the last go at once; the last goes to the trash, and needs --confirm with at least 12 digits of the digest.',
  ],
  words: [sha256],
  options: {
    target: {
      type: 'string',
      value: 'place',
      summary: 'local (else), backup, both, everywhere or the id of a location',
    },
    force: { type: 'boolean', summary: 'Although packs use it' },
    confirm: { type: 'string', value: 'sha256', summary: 'Names the last copy, to delete it' },
  },
  dry: 'asked',
  examples: [
    'synapse inventory delete 3f2a9c0d11ee --dry-run',
    'synapse inventory delete 3f2a9c0d11ee --confirm 3f2a9c0d11ee --yes',
  ],
  asks: ['inventory.delete', 'inventory.list'],
  async run({ client, confirm }, { words, options, dryRun }) {
    const params = { item: await expandItem(client, words.sha256) }
    const query = {
      target: options.target,
      force: options.force,
      confirm_last_copy: expandConfirmation(options.confirm, params.item),
      // The impacts are shown and confirmed here.
      confirm_impacts: true,
    }
    const dryQuery = { ...query, dry_run: true }
    const planned = outcome(
      await client.call('inventory.delete', { params, query: dryQuery }),
      deletionText,
    )
    if (dryRun) return planned
    await confirm(`Delete ${shortDigest(params.item)}?`, planned)
    return outcome(await client.call('inventory.delete', { params, query }), deletionText)
  },
})

const cleanup = command({
  name: 'inventory cleanup',
  group: 'Inventory',
  summary: 'Deletes the models that no pack uses; only lists them without --execute',
  options: {
    'max-items': { type: 'number', value: 'count', summary: 'At most so many' },
    'include-only-copies': {
      type: 'boolean',
      summary: 'Also those of which no other copy is known',
    },
  },
  dry: 'default',
  examples: ['synapse inventory cleanup', 'synapse inventory cleanup --execute --yes'],
  asks: ['inventory.cleanup'],
  async run({ client, confirm }, { options, dryRun }) {
    const body = {
      max_items: options['max-items'],
      include_only_copies: options['include-only-copies'],
    }
    const plan = await client.call('inventory.cleanup', { body: { ...body, dry_run: true } })
    const planned = outcome(plan, cleanupText)
    if (dryRun) return planned
    if (plan.deleted.length > 0)
      await confirm(`Delete ${String(plan.deleted.length)} orphans?`, planned)
    const result = await client.call('inventory.cleanup', { body: { ...body, dry_run: false } })
    return outcome(result, cleanupText, exitOf(result.errors))
  },
})

const verify = command({
  name: 'inventory verify',
  group: 'Inventory',
  summary: 'Reads model files back and compares their digests',
  details: ['Exits with 6 if the bytes of a model have changed.'],
  words: [{ ...sha256, optional: true, multiple: true }],
  options: {
    all: { type: 'boolean', summary: 'All models; takes long' },
    changed: { type: 'boolean', summary: 'Those that were written to since they were verified' },
  },
  examples: [
    'synapse inventory verify 3f2a9c0d11ee',
    'synapse inventory verify --changed',
    'synapse inventory verify --all',
  ],
  asks: ['inventory.verify', 'inventory.list', 'jobs.show', 'jobs.items'],
  async run({ client, follow }, { words, options }) {
    const chosen = words.sha256
    const asked = [options.all, options.changed, chosen.length > 0].filter(Boolean).length
    if (asked !== 1) {
      throw new AppError('input.invalid', 'Name models to verify, or say --all or --changed', {
        hint: 'See: synapse help inventory verify',
      })
    }
    const { all, changed } = options
    const body = all || changed ? { all, changed } : { sha256: await expandDigests(client, chosen) }
    const job = await follow(await client.call('inventory.verify', { body }))
    const { invalid, errors } = resultOf(job, VerifyResult)
    const exit = invalid.length > 0 ? ERRORS['blob.integrity_mismatch'].exit : exitOf(errors)
    return outcome(job, (clean, view) => verifyText(resultOf(clean, VerifyResult), view), exit)
  },
})

const migrate = command({
  name: 'inventory migrate-manifests',
  group: 'Inventory',
  summary: 'Writes missing manifests of the models that packs use',
  dry: 'asked',
  examples: [
    'synapse inventory migrate-manifests --dry-run',
    'synapse inventory migrate-manifests',
  ],
  asks: ['inventory.migrate_manifests', 'jobs.show', 'jobs.items'],
  async run({ client, follow }, { dryRun }) {
    const body = { dry_run: dryRun }
    const job = await follow(await client.call('inventory.migrate_manifests', { body }))
    const exit = exitOf(resultOf(job, MigrateResult).errors)
    return outcome(job, (clean, view) => migrateText(resultOf(clean, MigrateResult), view), exit)
  },
})

function approvalSentence({ dry_run, sha256: digest, approved, changed }: ApprovalResult): string {
  const model = shortDigest(digest)
  if (!changed) return `${model} was ${approved ? 'approved' : 'blocked'} already.`
  if (dry_run) return `${model} would be ${approved ? 'approved' : 'blocked'}.`
  return approved
    ? `Approved ${model}; interfaces see it where its packs are in use.`
    : `${model} is blocked; no interface sees it any more.`
}

const approvalText = (result: ApprovalResult, view: View) =>
  operationText(result, approvalSentence(result), view)

const approve = command({
  name: 'approve',
  group: 'Inventory',
  summary: 'Allows a pickle model',
  details: [
    'Formats such as .ckpt and .pt are programs when they are opened carelessly. Approve only files from a source that you trust.',
  ],
  words: [sha256],
  dry: 'asked',
  examples: ['synapse approve 3f2a9c0d11ee', 'synapse approve 3f2a9c0d11ee --dry-run'],
  asks: ['inventory.approve', 'inventory.list'],
  async run({ client }, { words, dryRun }) {
    const params = { item: await expandItem(client, words.sha256) }
    const body = { dry_run: dryRun }
    return outcome(await client.call('inventory.approve', { params, body }), approvalText)
  },
})

const revoke = command({
  name: 'revoke',
  group: 'Inventory',
  summary: 'Holds such a model back again',
  words: [sha256],
  dry: 'asked',
  examples: ['synapse revoke 3f2a9c0d11ee', 'synapse revoke 3f2a9c0d11ee --dry-run'],
  asks: ['inventory.revoke', 'inventory.list'],
  async run({ client }, { words, dryRun }) {
    const params = { item: await expandItem(client, words.sha256) }
    const body = { dry_run: dryRun }
    return outcome(await client.call('inventory.revoke', { params, body }), approvalText)
  },
})

/** Rows that change model files, or what is known of them. */
export const INVENTORY_CHANGES: readonly Command[] = [
  remove,
  cleanup,
  verify,
  migrate,
  approve,
  revoke,
]
