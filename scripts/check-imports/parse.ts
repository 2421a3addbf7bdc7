/** Reads the imports of a TypeScript file. */
import ts from 'typescript'

export interface Import {
  readonly specifier: string
  readonly line: number
  readonly node: ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression | ts.ImportTypeNode
}

export function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
}

export function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1
}

/** Returns every node of the tree, the tree itself first. */
export function* walk(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* walk(child)
}

function specifierOf(node: Import['node']): ts.Node | undefined {
  if (ts.isCallExpression(node)) return node.arguments[0]
  if (!ts.isImportTypeNode(node)) return node.moduleSpecifier
  return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
}

function isImport(node: ts.Node): node is Import['node'] {
  if (ts.isCallExpression(node)) return node.expression.kind === ts.SyntaxKind.ImportKeyword
  return ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isImportTypeNode(node)
}

/** Returns all imports of a file: static, type-only, re-exporting and dynamic ones. */
export function importsOf(tree: ts.SourceFile): Import[] {
  return [...walk(tree)].filter(isImport).flatMap((node) => {
    const specifier = specifierOf(node)
    if (!specifier || !ts.isStringLiteral(specifier)) return []
    return [{ specifier: specifier.text, line: lineOf(node), node }]
  })
}
