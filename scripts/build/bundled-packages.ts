/**
 * Packages that the build puts into `dist/`: the product needs them, but its users need not install
 * them. They are devDependencies.
 */
export const BUNDLED: readonly string[] = [
  '@hono/node-server',
  '@lit/context',
  '@valibot/to-json-schema',
  'chokidar',
  'croner',
  'hono',
  'kysely',
  'lit',
  'marked',
  'p-queue',
]
