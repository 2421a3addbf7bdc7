/**
 * Measures Synapse beside other ways to do the same, in a temporary folder:
 * `npm run bench [-- --quick | --help]`.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './bench/bench-store.ts'
import { generateStore } from './bench/generate-library.ts'
import { measureHashing } from './bench/hashing.ts'
import { measureImporting } from './bench/importing.ts'
import { measureInventory } from './bench/inventory.ts'
import { measureJournal } from './bench/journal.ts'
import { loadNow, machineFacts } from './bench/machine.ts'
import { measureMemory } from './bench/memory.ts'
import { USAGE, readOptions, type BenchOptions } from './bench/options.ts'
import { goalTable, plainTable, type Findings } from './bench/report.ts'
import { measureStartUp } from './bench/start-up.ts'
import { measureViews } from './bench/views.ts'
import { resultsText, writePage } from './bench/write-page.ts'

const SECTIONS = {
  hashing: measureHashing,
  importing: measureImporting,
  views: measureViews,
  inventory: measureInventory,
  journal: measureJournal,
  'start-up': measureStartUp,
  memory: measureMemory,
} as const

function chosenSections(only: readonly string[]): [string, (bench: Bench) => Promise<Findings>][] {
  const known = Object.entries(SECTIONS)
  const unknown = only.filter((word) => !known.some(([name]) => name === word))
  if (unknown.length > 0) throw new Error(`There is no section ${unknown.join(', ')}.\n\n${USAGE}`)
  return known.filter(([name]) => only.length === 0 || only.includes(name))
}

/** Makes the big library once, when it is first needed. */
function libraryIn(folder: string, { files }: BenchOptions): () => string {
  let root: string | null = null
  return () => {
    if (root !== null) return root
    root = join(folder, 'library')
    console.log(`\nMaking a library of ${files.toLocaleString('en-US')} models …`)
    const start = performance.now()
    generateStore(root, { files, packs: Math.max(1, Math.round(files / 100)), profiles: 20 })
    console.log(`made in ${((performance.now() - start) / 1000).toFixed(1)} s`)
    return root
  }
}

async function measure(options: BenchOptions, folder: string): Promise<void> {
  const bench: Bench = { options, folder, library: libraryIn(folder, options) }
  const facts = await machineFacts(folder)
  for (const [name, value] of facts) console.log(`${name.padEnd(18)} ${value}`)
  const all: Findings[] = []
  const loads = [loadNow()]
  for (const [name, section] of chosenSections(options.only)) {
    const start = performance.now()
    const findings = await section(bench)
    all.push(findings)
    loads.push(loadNow())
    for (const table of findings.tables) console.log(plainTable(table))
    console.log(`\n(${name}: ${((performance.now() - start) / 1000).toFixed(0)} s)`)
  }
  facts.push(['load, section by section', loads.join(', ')])
  console.log(plainTable(goalTable(all.flatMap((one) => one.goals))))
  if (options.write) console.log(`\nWritten to ${await writePage(resultsText(facts, all))}`)
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === null) {
    console.log(USAGE)
    return
  }
  chosenSections(options.only)
  const folder = fs.mkdtempSync(join(fs.realpathSync(options.within), 'synapse-bench-'))
  const clear = () => fs.rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  await measure(options, folder)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
