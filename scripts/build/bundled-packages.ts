/**
 * Packages that the build puts into `dist/`: the product needs them, and who installs it does not.
 * They stand among the devDependencies.
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
