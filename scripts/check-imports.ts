/**
 * Checks the directions of imports, and which files may change the disk. `--graph` prints the
 * layers as they are.
 *
 *   schemas ← platform ← store ← index ← domain ← app ← http ← cli
 *   schemas ← web-components
 *
 * The folders inside `domain` have an order of their own: see check-imports/rooms.ts.
 */
import path from 'node:path'
import * as v from 'valibot'
import { fileSystemProblems } from './check-imports/file-system.ts'
import { importsOf, parse, type Import } from './check-imports/parse.ts'
import { BUNDLED } from './build/bundled-packages.ts'
import { roomProblem } from './check-imports/rooms.ts'
import { listFiles, readSource } from './source-files.ts'

/** For each layer, the layers that it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  platform: ['schemas'],
  store: ['schemas', 'platform'],
  index: ['schemas', 'platform', 'store'],
  domain: ['schemas', 'platform', 'store', 'index'],
  app: ['schemas', 'platform', 'store', 'index', 'domain'],
  http: ['schemas', 'platform', 'store', 'index', 'domain', 'app'],
  cli: ['schemas', 'platform', 'store', 'index', 'domain', 'app', 'http'],
  'web-components': ['schemas'],
}

/** Code that runs in a browser too. */
const WITHOUT_NODE = ['schemas', 'web-components']

/** Modules of ComfyUI, there at run time only. */
const COMFYUI_MODULE = /^(\.\.\/)*\/?scripts\/[\w-]+\.js$/

interface Source {
  readonly file: string
  readonly layer: string | undefined
  readonly imports: readonly Import[]
}

interface Edge {
  readonly from: Source
  readonly to: string
}

/** The layer of a file; undefined for tests and scripts, which may import anything. */
function layerOf(file: string): string | undefined {
  const [top = '', second = ''] = file.split('/')
  if (top === 'sidecar') return second
  return top in MAY_IMPORT ? top : undefined
}

const isRelative = (specifier: string) => /^\.{0,2}\//.test(specifier)

const targetOf = (file: string, specifier: string) =>
  path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier))

function relativeProblem(source: Source, specifier: string): string | undefined {
  const { file, layer } = source
  if (layer === 'web-components' && COMFYUI_MODULE.test(specifier)) return undefined
  if (layer !== undefined && !specifier.endsWith('.ts')) {
    return `imports ${specifier}: a relative import ends in .ts`
  }
  if (layer === undefined) return undefined
  const target = targetOf(file, specifier)
  const other = layerOf(target)
  if (other === layer) return roomProblem(layer, file, target)
  if (other !== undefined && MAY_IMPORT[layer]?.includes(other)) return undefined
  const allowed = [layer, ...(MAY_IMPORT[layer] ?? [])].join(', ')
  return `imports ${target}: ${layer} may import only ${allowed}`
}

const PackageSchema = v.object({ dependencies: v.record(v.string(), v.string()) })

const dependencies = [
  ...Object.keys(v.parse(PackageSchema, JSON.parse(readSource('package.json'))).dependencies),
  ...BUNDLED,
]

function packageProblem({ layer }: Source, specifier: string): string | undefined {
  if (layer === undefined) return undefined
  if (specifier.startsWith('node:')) {
    return WITHOUT_NODE.includes(layer) ? `imports ${specifier}: ${layer} has no Node` : undefined
  }
  const known = dependencies.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  return known ? undefined : `imports ${specifier}, which is not a runtime dependency`
}

function problemsOf(source: Source): string[] {
  const { file, layer } = source
  const problems = source.imports.map(({ specifier, line }) => {
    const check = isRelative(specifier) ? relativeProblem : packageProblem
    const problem = check(source, specifier)
    return problem && `${file}:${String(line)} ${problem}`
  })
  if (path.posix.basename(file) === 'index.ts') {
    problems.push(`${file} is a barrel by its name: import the file you need`)
  }
  if (layer !== undefined && !(layer in MAY_IMPORT)) {
    problems.push(`${file} lies in no layer: ${Object.keys(MAY_IMPORT).join(', ')}`)
  }
  return problems.filter((problem) => problem !== undefined)
}

function edgesOf(source: Source): Edge[] {
  return source.imports
    .filter(({ specifier }) => isRelative(specifier))
    .map(({ specifier }) => ({ from: source, to: targetOf(source.file, specifier) }))
}

/** One cycle for each import that closes one, by depth-first search. */
function cycles(sources: readonly Source[]): string[] {
  const edges = new Map(sources.map((source) => [source.file, edgesOf(source).map(({ to }) => to)]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, trail: readonly string[]) => {
    const start = trail.indexOf(file)
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), file].join(' → ')}`)
    if (start >= 0 || done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file])
    done.add(file)
  }
  for (const { file } of sources) visit(file, [])
  return found
}

function printGraph(sources: readonly Source[]): void {
  for (const layer of Object.keys(MAY_IMPORT)) {
    const own = sources.filter((source) => source.layer === layer)
    const targets = own
      .flatMap(edgesOf)
      .map(({ to }) => layerOf(to) ?? 'outside')
      .filter((other) => other !== layer)
    const counts = Map.groupBy(targets, (target) => target)
    const list = [...counts].map(([target, hits]) => `${target} (${String(hits.length)})`)
    const files = `${String(own.length)} files`.padStart(10)
    console.log(`${layer.padEnd(15)}${files}  → ${list.sort().join(', ') || 'nothing of ours'}`)
  }
}

const sources = listFiles('{schemas,sidecar,web-components,scripts,tests}/**/*.ts').map((file) => {
  const tree = parse(file, readSource(file))
  return { file, tree, layer: layerOf(file), imports: importsOf(tree) }
})

if (process.argv.includes('--graph')) printGraph(sources)

const problems = [
  ...sources.flatMap(problemsOf),
  ...sources.flatMap(({ file, tree }) => fileSystemProblems(file, tree)),
  ...cycles(sources),
]
for (const problem of problems) console.error(problem)
if (problems.length === 0) console.log(`${String(sources.length)} files keep the directions.`)
process.exitCode = problems.length === 0 ? 0 : 1
