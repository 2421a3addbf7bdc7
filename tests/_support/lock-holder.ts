/** Another process that takes a lock. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const LOCK = join(import.meta.dirname, '../../sidecar/platform/file-lock.ts')

/**
 * Makes another process take a lock; resolves once it holds the lock, or reports that it cannot get
 * it.
 */
export async function otherProcess(
  t: TestContext,
  path: string,
): Promise<{ got: boolean; end(): void }> {
  const program = `
    import { FileLock } from ${JSON.stringify(LOCK)}
    const lock = new FileLock(${JSON.stringify(path)})
    await lock.acquire(50).then(() => console.log('held'), () => { console.log('refused'); process.exit() })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const first = await new Promise<string>((resolve) => {
    child.stdout.once('data', (data) => {
      resolve(String(data))
    })
  })
  return { got: first.startsWith('held'), end: () => child.kill('SIGKILL') }
}
