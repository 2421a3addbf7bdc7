/** pack export, pack restore. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Answer } from '../../../schemas/endpoints.ts'
import { AppError } from '../../../schemas/errors.ts'
import { command, outcome, type Command } from '../command.ts'
import { plural, shortDigest } from '../format.ts'
import type { View } from '../output.ts'
import { operationText } from '../switch-plan.ts'
import { joined } from '../table.ts'

type PackExport = Answer<'packs.export'>

const exportText = (data: PackExport) => JSON.stringify(data, null, 2)

async function writeExport(file: string, data: PackExport): Promise<void> {
  const { writeOnce } = await import('../../platform/disk.ts')
  if (await writeOnce(file, `${exportText(data)}\n`)) return
  throw new AppError('input.invalid', `${file} already exists`, { hint: 'Name another file.' })
}

const exportPack = command({
  name: 'pack export',
  group: 'Packs',
  summary: 'Writes a pack into one document, without the bytes of its models',
  words: [{ name: 'pack', summary: 'Name of the pack' }],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      summary: 'New file to write, else stdout',
    },
  },
  examples: [
    'synapse pack export Portraits --output portraits.json',
    'synapse pack export Portraits > portraits.json',
  ],
  asks: ['packs.export'],
  async run({ client, cwd }, { words, options }) {
    const data = await client.call('packs.export', { params: { name: words.pack } })
    // Not cleaned: this is a document to read back, and JSON text holds no control characters.
    if (options.output === undefined) return { data, render: () => exportText(data) }
    const file = path.resolve(cwd, options.output)
    await writeExport(file, data)
    return outcome(data, ({ name }) => `Wrote the pack ${name} to ${file}.`)
  },
})

async function readDocument(file: string, readInput: () => Promise<string>): Promise<PackExport> {
  try {
    const text = file === '-' ? await readInput() : await readFile(file, 'utf8')
    return JSON.parse(text.replace(/^\uFEFF/u, '')) as PackExport
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new AppError('export.invalid', `${file} is not a JSON document: ${error.message}`)
    }
    throw new AppError('import.source_not_found', `${file} cannot be read`, { cause: error })
  }
}

function restoredText(result: Answer<'packs.restore'>, view: View): string {
  const { pack, written, unchanged, files_here, dry_run } = result
  const lines = [
    `Pack ${pack}: ${plural(written.length, 'file')} ${dry_run ? 'to be written' : 'written'}, ${String(unchanged.length)} unchanged; ${plural(files_here, 'model')} here.`,
    ...result.missing.map((one) => `Missing: ${one.dependency_id} (${shortDigest(one.sha256)})`),
  ]
  return operationText(result, joined(lines), view)
}

const restore = command({
  name: 'pack restore',
  group: 'Packs',
  summary: 'Makes a pack from an export; repeating it changes nothing',
  words: [{ name: 'file', summary: 'The export, or - for standard input' }],
  dry: 'asked',
  examples: [
    'synapse pack restore portraits.json',
    'synapse pack restore portraits.json --dry-run',
  ],
  asks: ['packs.restore'],
  async run({ client, cwd, terminal }, { words, dryRun }) {
    const file = words.file === '-' ? '-' : path.resolve(cwd, words.file)
    const body = await readDocument(file, () => terminal.readInput())
    const query = { dry_run: dryRun }
    return outcome(await client.call('packs.restore', { body, query }), restoredText)
  },
})

/** Rows that carry a pack from store to store. */
export const PACK_DOCUMENT_COMMANDS: readonly Command[] = [exportPack, restore]
