/** Other ways to bring a big file to a safe place. */
import fs from 'node:fs'
import { join } from 'node:path'
import { remove } from './bench-store.ts'
import { runProgram, runPrograms, type CommandLine, type Peer } from './programs.ts'

const RESTIC = { RESTIC_PASSWORD: 'bench' }

/** `cp` with and without flushing and hashing, in a folder of its own. */
function copies(folder: string, source: string, cpSync: string): Peer[] {
  const copy = join(folder, 'copy')
  const peer = (name: string, needs: string[], lines: CommandLine[]): Peer => ({
    name,
    needs,
    run: () => runPrograms(lines),
    clean: () => remove(copy),
  })
  const cp: CommandLine = ['cp', source, copy]
  const sync: CommandLine = ['sync', copy]
  const sum: CommandLine = ['sha256sum', copy]
  const openssl: CommandLine = ['openssl', 'dgst', '-sha256', copy]
  return [
    peer('cp', ['cp'], [cp]),
    peer(cpSync, ['cp', 'sync'], [cp, sync]),
    peer('cp, sha256sum', ['cp', 'sha256sum'], [cp, sum]),
    peer('cp, sync, sha256sum', ['cp', 'sync', 'sha256sum'], [cp, sync, sum]),
    peer('cp, sync, openssl dgst', ['cp', 'sync', 'openssl'], [cp, sync, openssl]),
    peer('rclone copyto', ['rclone'], [['rclone', 'copyto', source, copy]]),
  ]
}

function restic(folder: string, source: string): Peer {
  const repository = join(folder, 'restic')
  const run = (...args: string[]) =>
    runProgram(['restic', '--no-cache', '-q', '-r', repository, ...args], { env: RESTIC })
  return {
    name: 'restic backup',
    needs: ['restic'],
    prepare: () => run('init'),
    run: () => run('backup', source),
    clean: () => remove(repository),
  }
}

/** git-annex makes its files read-only, and the folders around them. */
function removeAnnex(repository: string): void {
  const all = { recursive: true, withFileTypes: true } as const
  for (const entry of fs.readdirSync(repository, all)) {
    if (entry.isDirectory()) fs.chmodSync(join(entry.parentPath, entry.name), 0o755)
  }
  remove(repository)
}

function gitAnnex(folder: string, source: string): Peer {
  const repository = join(folder, 'annex')
  const git = (...args: string[]) => runProgram(['git', ...args], { cwd: repository })
  return {
    name: 'cp, git annex add',
    needs: ['git', 'git-annex'],
    async prepare() {
      fs.mkdirSync(repository)
      await git('init', '-q')
      await git('config', 'user.name', 'bench')
      await git('config', 'user.email', 'bench@localhost')
      await git('annex', 'init', '-q')
    },
    async run() {
      await runProgram(['cp', source, join(repository, 'model')])
      await git('annex', 'add', '-q', 'model')
    },
    clean: () => removeAnnex(repository),
  }
}

/**
 * Returns all peers that import the file at `source`; `cpSync` names the row of `cp` and `sync`.
 */
export function bigFilePeers(folder: string, source: string, cpSync: string): Peer[] {
  return [...copies(folder, source, cpSync), restic(folder, source), gitAnnex(folder, source)]
}
