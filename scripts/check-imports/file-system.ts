/**
 * Only sidecar/platform may change files, so that one place knows about fsync, crashes and busy
 * files; and only one file there may remove what it did not make itself.
 */
import ts from 'typescript'
import { importsOf, lineOf, walk, type Import } from './parse.ts'

const GUARDED = /^(sidecar|schemas|web-components)\//
const PLATFORM = 'sidecar/platform/'
const MAY_REMOVE_TREES = 'sidecar/platform/temp-folder.ts'

const FS_MODULE = /^(node:)?fs(\/promises)?$/

const MUTATING = new Set(
  [
    ...['appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'fchmod', 'fchown', 'fdatasync', 'fsync'],
    ...['ftruncate', 'futimes', 'lchmod', 'lchown', 'link', 'lutimes', 'mkdir', 'mkdtemp'],
    ...['mkdtempDisposable', 'rename', 'rm', 'rmdir', 'symlink', 'truncate', 'unlink', 'utimes'],
    ...['write', 'writeFile', 'writev'],
  ].flatMap((name) => [name, `${name}Sync`]),
).add('createWriteStream')

const OPENING = new Set(['open', 'openSync'])
const REMOVING = new Set(['rm', 'rmSync'])
const MAYBE_RECURSIVE = new Set(['rmdir', 'rmdirSync'])

interface Binding {
  /** The name in node:fs; `*` when the whole module is bound. */
  readonly imported: string
  readonly local: string
  readonly line: number
}

/** The values that an import takes from node:fs; types are free. */
function bindingsOf({ node, line }: Import): Binding[] {
  const whole = { imported: '*', local: '', line }
  if (ts.isImportTypeNode(node)) return []
  if (ts.isCallExpression(node)) return [whole]
  if (ts.isExportDeclaration(node)) return node.isTypeOnly ? [] : [whole]
  const clause = node.importClause
  if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return []
  const bindings: Binding[] = []
  if (clause.name) bindings.push({ ...whole, local: clause.name.text })
  const named = clause.namedBindings
  if (named && ts.isNamespaceImport(named)) bindings.push({ ...whole, local: named.name.text })
  if (!named || !ts.isNamedImports(named)) return bindings
  const values = named.elements.filter((element) => !element.isTypeOnly)
  return bindings.concat(
    values.map(({ name, propertyName }) => {
      const imported = (propertyName ?? name).text
      const isModule = imported === 'promises' || imported === 'default'
      return { imported: isModule ? '*' : imported, local: name.text, line }
    }),
  )
}

function importProblem({ imported, local }: Binding): string | undefined {
  if (imported === '*' && local === '') return 'takes all of node:fs: use a static import'
  if (!MUTATING.has(imported)) return undefined
  return `imports ${imported} of node:fs: only ${PLATFORM} changes files`
}

/** `fs.rm` and `fs.promises.rm` name a member; `const { rm } = fs` or `f(fs)` hides it. */
function memberProblem(node: ts.Node, bindings: readonly Binding[]): string | undefined {
  if (!ts.isIdentifier(node) || ts.findAncestor(node, ts.isImportDeclaration)) return undefined
  if (!bindings.some(({ imported, local }) => imported === '*' && local === node.text)) {
    return undefined
  }
  let use: ts.Node = node.parent
  if (ts.isPropertyAccessExpression(use) && use.name === node) return undefined
  if (ts.isPropertyAssignment(use) && use.name === node) return undefined
  if (ts.isQualifiedName(use) || ts.isTypeQueryNode(use)) return undefined
  if (ts.isPropertyAccessExpression(use) && use.name.text === 'promises') use = use.parent
  if (!ts.isPropertyAccessExpression(use)) return `passes ${node.text} on: name the function`
  if (!MUTATING.has(use.name.text)) return undefined
  return `uses ${use.name.text} of node:fs: only ${PLATFORM} changes files`
}

/** The name of a called file-system function, through a bound name or module; else undefined. */
function calledFunction(call: ts.CallExpression, bindings: readonly Binding[]): string | undefined {
  const callee = call.expression
  if (ts.isIdentifier(callee)) return bindings.find(({ local }) => local === callee.text)?.imported
  if (!ts.isPropertyAccessExpression(callee)) return undefined
  const root = callee.getText().split(/[.?]/)[0]
  const whole = bindings.some(({ imported, local }) => imported === '*' && local === root)
  return whole ? callee.name.text : undefined
}

function opensForWriting(call: ts.CallExpression): boolean {
  const flags = call.arguments[1]
  return flags !== undefined && !(ts.isStringLiteral(flags) && flags.text === 'r')
}

function removesTrees(name: string, call: ts.CallExpression): boolean {
  if (REMOVING.has(name)) return true
  return MAYBE_RECURSIVE.has(name) && /\brecursive\b/.test(call.arguments[1]?.getText() ?? '')
}

/** Returns what a file of ours does to the file system that it must not do, one line each. */
export function fileSystemProblems(file: string, tree: ts.SourceFile): string[] {
  if (!GUARDED.test(file)) return []
  const imports = importsOf(tree).filter(({ specifier }) => FS_MODULE.test(specifier))
  const bindings = imports.flatMap(bindingsOf)
  const at = (line: number, text: string) => `${file}:${String(line)} ${text}`
  const problems: string[] = []
  const inPlatform = file.startsWith(PLATFORM)
  if (!inPlatform) {
    for (const binding of bindings) {
      const problem = importProblem(binding)
      if (problem) problems.push(at(binding.line, problem))
    }
  }
  for (const node of walk(tree)) {
    const problem = inPlatform ? undefined : memberProblem(node, bindings)
    if (problem) problems.push(at(lineOf(node), problem))
    if (!ts.isCallExpression(node)) continue
    const name = calledFunction(node, bindings)
    if (name === undefined) continue
    if (!inPlatform && OPENING.has(name) && opensForWriting(node)) {
      problems.push(at(lineOf(node), `opens with other flags than 'r': ask ${PLATFORM}`))
    }
    if (file !== MAY_REMOVE_TREES && removesTrees(name, node)) {
      problems.push(at(lineOf(node), `removes a tree: only ${MAY_REMOVE_TREES} may`))
    }
  }
  return problems
}
