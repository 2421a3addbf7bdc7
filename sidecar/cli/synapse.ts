#!/usr/bin/env node
/**
 * The program `synapse` as it is built and installed. Loads little before it has checked that it
 * can run.
 */
import process from 'node:process'
import { keepCompiledCode } from '../platform/compiled-code.ts'

const OLDEST_NODE = 22

async function start(): Promise<number> {
  if (Number.parseInt(process.versions.node) < OLDEST_NODE) {
    process.stderr.write(
      `Synapse needs Node ${OLDEST_NODE} or newer. This is ${process.version}.\n`,
    )
    return 1
  }
  keepCompiledCode()
  const { main, processHost } = await import('./main.ts')
  return main(process.argv.slice(2), processHost())
}

process.exitCode = await start()
