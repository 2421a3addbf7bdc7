/** import. */
import path from 'node:path'
import { AppError, ERRORS, isErrorCode } from '../../../schemas/errors.ts'
import {
  ImportMode,
  ImportResult,
  type PreviewedFile,
  type ImportPreview,
  type ImportedFile,
} from '../../../schemas/imports.ts'
import { command, outcome, type Command } from '../command.ts'
import { plural, shortDigest, size, words as asWords } from '../format.ts'
import type { View } from '../output.ts'
import { resultOf } from '../results.ts'
import { joined, table, type Column } from '../table.ts'

const CANDIDATES: readonly Column<PreviewedFile>[] = [
  { title: 'File', value: ({ path: file }) => file, least: 16 },
  { title: 'Kind', value: ({ kind }) => kind, least: 7 },
  { title: 'Size', value: ({ size_bytes }) => size(size_bytes), align: 'right' },
  { title: 'Note', value: ({ blocked }) => (blocked ? 'blocked' : ''), spare: 1 },
]

const IMPORTED: readonly Column<ImportedFile>[] = [
  { title: 'Name', value: ({ name }) => name, least: 14 },
  { title: 'Kind', value: ({ kind }) => kind, least: 7 },
  { title: 'Shown as', value: ({ exposed_as }) => exposed_as ?? '', spare: 4 },
  { title: 'Size', value: ({ size_bytes }) => size(size_bytes), align: 'right' },
  { title: 'Digest', value: ({ sha256 }) => shortDigest(sha256), spare: 2 },
  { title: 'How', value: ({ how }) => (how === null ? '' : asWords(how)), spare: 3 },
  {
    title: 'Outcome',
    value: ({ outcome: what }) => asWords(what),
    style: ({ outcome: what }) => (what === 'failed' ? 'red' : null),
  },
]

interface Skips {
  readonly path: string
  readonly reason: string
}

const SHOWN_SKIPS = 20

const SKIP_WORDS: Readonly<Record<string, string>> = {
  unfinished: 'a download that is not finished',
  in_use: 'a program is still writing to it',
  no_folder: 'stays: no interface has a folder for its kind',
  folder_model: 'stays: part of a model that is a whole folder',
  waits_for_approval: 'stays: a pickle that is not approved',
  linked: 'stays: it is the target of a link that no interface could show',
  sidecar: 'stays: a preview or description',
}

/** How many names of a long list are shown. */
const SHOWN_NAMES = 20

function renamedText(result: ImportResult): string {
  const renamed = [...result.files.flatMap((file) => file.renamed ?? []), ...result.displaced]
  const lines = renamed.map(({ from, to }) => `Renamed: ${from} → ${to}`)
  const corrected = result.files.flatMap(({ name, kind_corrected: kinds }) =>
    kinds === undefined ? [] : `Kind corrected: ${name}, ${kinds.from} → ${kinds.to}`,
  )
  const all = [...lines, ...corrected]
  const rest = all.length - SHOWN_NAMES
  return joined([...all.slice(0, SHOWN_NAMES), rest > 0 && `… and ${String(rest)} more`])
}

const UNSEEN_WORDS: Readonly<Record<string, string>> = {
  no_pack: 'in no pack',
  no_folder: 'of a kind for which no interface has a folder',
  waits_for_approval: 'a pickle that waits for approval',
}

function unseenText({ unseen }: ImportResult): string {
  const lines = Object.entries(unseen).map(
    ([reason, count]) =>
      `No interface sees ${plural(count, 'file')}: ${UNSEEN_WORDS[reason] ?? asWords(reason)}.`,
  )
  return joined(lines)
}

function skippedText(skipped: readonly Skips[], total = skipped.length): string {
  const lines = skipped
    .slice(0, SHOWN_SKIPS)
    .map((one) => `Skipped: ${one.path} (${SKIP_WORDS[one.reason] ?? asWords(one.reason)})`)
  const rest = total - lines.length
  return joined([...lines, rest > 0 && `… and ${String(rest)} more skipped`])
}

function previewText(preview: ImportPreview, view: View): string {
  const { files, skipped, notes } = preview
  const rest = files.total - files.items.length
  const room = `${size(preview.bytes_needed)} needed, ${size(preview.disk_free)} free`
  return joined([
    view.paint('bold', 'Dry run: nothing is changed.'),
    table(CANDIDATES, files.items, view),
    rest > 0 && `… and ${String(rest)} more`,
    skippedText(skipped.items, skipped.total),
    `${plural(files.total, 'file')}, ${size(preview.bytes)}, by ${preview.mode}; ${room}.`,
    preview.bytes_if_copied > 0 &&
      `Renamed if this disk allows, else copied: up to ${size(preview.bytes_if_copied)} more.`,
    !preview.fits && view.paint('red', 'There is not enough room.'),
    ...notes,
  ])
}

function resultText(result: ImportResult, view: View): string {
  const blocked = result.files.filter((file) => file.blocked)
  const failed = result.files.filter((file) => file.outcome === 'failed')
  return joined([
    table(IMPORTED, result.files, view),
    ...failed.map((file) => view.paint('red', `${file.path}: ${file.detail ?? 'failed'}`)),
    skippedText(result.skipped),
    renamedText(result),
    view.paint('yellow', unseenText(result)),
    ...result.files
      .filter((file) => file.replaced_damaged === true)
      .slice(0, SHOWN_NAMES)
      .map((file) => `Replaced the damaged ${file.name}; its former bytes are in the trash.`),
    ...result.notes,
    ...blocked.map((file) =>
      view.paint(
        'yellow',
        `${file.name} may run code when opened and is blocked. If you trust it: synapse approve ${shortDigest(file.sha256)}`,
      ),
    ),
    `${String(result.imported)} imported, ${String(result.already_there)} already there, ${String(result.failed)} failed; ${size(result.bytes)}.`,
    result.pack !== null && `Pack: ${result.pack}. Show it: synapse use ${result.pack}`,
  ])
}

/** The exit code of the first failure; 0 where nothing failed. */
function exitOf({ files }: ImportResult): number {
  const failed = files.find((file) => file.outcome === 'failed')
  if (!failed) return 0
  return ERRORS[isErrorCode(failed.code) ? failed.code : 'disk.failed'].exit
}

const importFiles = command({
  name: 'import',
  group: 'Inventory',
  summary: 'Imports files and folders into the store',
  details: [
    'Copies by default. The kind comes from the names of the folders, or from --kind. Without --pack the models belong to no pack yet.',
  ],
  words: [{ name: 'path', summary: 'File or folder', multiple: true }],
  options: {
    mode: { type: 'string', choices: ImportMode.options, summary: 'What happens to the originals' },
    'hard-link': {
      type: 'boolean',
      summary: 'With --mode link: a hard link; the original becomes read-only',
    },
    kind: { type: 'string', short: 'k', summary: 'Kind of all the files, such as lora' },
    pack: { type: 'string', short: 'p', value: 'name', summary: 'Pack to create or extend' },
    'no-pack': { type: 'boolean', summary: 'Into no pack: no interface sees the files yet' },
    'all-files': { type: 'boolean', summary: 'Also files that do not look like models' },
  },
  dry: 'asked',
  examples: [
    'synapse import ~/Downloads/film-grain.safetensors --kind lora',
    'synapse import /old/models --mode move --dry-run',
    'synapse import a.safetensors b.safetensors --pack Portraits',
  ],
  asks: ['imports.preview', 'imports.start', 'jobs.show', 'jobs.items'],
  async run({ client, cwd, follow }, { words, options, dryRun }) {
    if (options['no-pack'] && options.pack !== undefined) {
      throw new AppError('input.invalid', 'Give either --pack or --no-pack')
    }
    const body = {
      paths: words.path.map((one) => path.resolve(cwd, one)),
      mode: options.mode,
      hard_link: options['hard-link'],
      kind: options.kind,
      pack: options.pack,
      all_files: options['all-files'],
    }
    if (dryRun) return outcome(await client.call('imports.preview', { body }), previewText)
    const job = await follow(await client.call('imports.start', { body }))
    const render = (clean: typeof job, view: View) =>
      resultText(resultOf(clean, ImportResult), view)
    return outcome(job, render, exitOf(resultOf(job, ImportResult)))
  },
})

/** The row of `import`. */
export const IMPORT_COMMANDS: readonly Command[] = [importFiles]
