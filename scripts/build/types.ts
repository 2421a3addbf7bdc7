/** Declarations of what the package exports, made by the compiler. */
import fs from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { importsOf, parse } from '../check-imports/parse.ts'
import { ROOT } from '../source-files.ts'
import type { Outputs } from './outputs.ts'

const ENTRIES = ['sidecar/http/package-entry.ts', 'schemas/client.ts']
const FOLDER = 'types'

function compilerOptions(): ts.CompilerOptions {
  const file = path.join(ROOT, 'tsconfig.json')
  const read = ts.readConfigFile(file, (name) => fs.readFileSync(name, 'utf8'))
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, ROOT)
  return { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true }
}

/** Declarations of every module that the entries reach, by the path of the module. */
function declarations(): Map<string, string> {
  const options = { ...compilerOptions(), rootDir: ROOT, outDir: ROOT }
  const program = ts.createProgram(
    ENTRIES.map((entry) => path.join(ROOT, entry)),
    options,
  )
  const all = new Map<string, string>()
  const { diagnostics } = program.emit(undefined, (file, text) => {
    all.set(path.relative(ROOT, file).split(path.sep).join('/'), text)
  })
  const first = diagnostics[0]
  if (first) throw new Error(ts.flattenDiagnosticMessageText(first.messageText, '\n'))
  return all
}

function importedBy(file: string, text: string): string[] {
  return importsOf(parse(file, text))
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => path.posix.join(path.posix.dirname(file), specifier))
    .map((source) => source.replace(/\.ts$/, '.d.ts'))
}

/** Makes the declarations that the exported ones need, and no others. */
export function makeTypes(): Outputs {
  const all = declarations()
  const needed = new Map<string, string>()
  const visit = (file: string) => {
    const text = all.get(file)
    if (text === undefined) throw new Error(`The compiler made no ${file}`)
    if (needed.has(`${FOLDER}/${file}`)) return
    needed.set(`${FOLDER}/${file}`, text)
    for (const other of importedBy(file, text)) visit(other)
  }
  for (const entry of ENTRIES) visit(entry.replace(/\.ts$/, '.d.ts'))
  return needed
}
