/** A real socket on loopback over a store, announced in a home like a running service. */
import type { TestContext } from 'node:test'
import { homeAt, writeService } from '../../sidecar/app/home/home.ts'
import { serve } from '../../sidecar/http/serve.ts'
import { createTestSynapse } from './test-synapse.ts'

/** A service of this process that others find by its home. */
export interface Loopback {
  readonly home: string
  readonly root: string
  readonly url: string
  readonly token: string
  /** `METHOD /path` of each request that came. */
  readonly asked: string[]
}

/** Opens a store and listens; all of it is gone after the test. */
export async function openLoopback(t: TestContext): Promise<Loopback> {
  const { synapse, home, root } = await createTestSynapse(t)
  const asked: string[] = []
  const app = {
    fetch: (request: Request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
      return synapse.app.fetch(request)
    },
  }
  const serving = await serve({ app, port: 0 })
  t.after(async () => {
    synapse.services.events[Symbol.dispose]()
    await serving.close()
  })
  synapse.allowHosts([serving.url.replace('http://', '')])
  const token = synapse.auth.ownerToken
  await writeService(homeAt(home), { url: serving.url, pid: process.pid, root, token })
  return { home, root, url: serving.url, token, asked }
}
