/** Keeps the compiled form of this program's modules, so that its next start need not make it. */
import module from 'node:module'
import { join } from 'node:path'
import { userCacheFolder } from './system.ts'

/**
 * Has Node keep what it compiles from now on in the user's folder of caches, unless
 * NODE_COMPILE_CACHE names another. Never fails: without it, a start takes longer.
 */
export function keepCompiledCode(): void {
  if (!('enableCompileCache' in module)) return
  module.enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? join(userCacheFolder(), 'synapse'))
}
