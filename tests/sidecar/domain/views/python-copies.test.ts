/** Stores of the Python program, carried elsewhere by usual tools, and the first use of them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { unpackFixture } from '../../../_support/load-fixture.ts'
import {
  createTestSynapse,
  temporaryFolder,
  type TestSynapse,
} from '../../../_support/test-synapse.ts'
import { canRun, skipLoudly } from '../../../_support/volumes.ts'
import { walk } from '../../../safety/seen.ts'

const PACK = 'Line_Helper'
const FORM = /[\\/]blobs[\\/]sha256[\\/][0-9a-f]{2}[\\/][0-9a-f]{64}$/u

/** A tool; gives the root of the store that is opened afterwards, or null where it is not there. */
type Tool = (t: TestContext, root: string, into: string) => string | null

function runTool(t: TestContext, program: string, ...args: string[]): boolean {
  if (canRun(program, '--version')) {
    execFileSync(program, args)
    return true
  }
  skipLoudly(t, `${program} is not installed`)
  return false
}

/** Gives each link of a view the file that it leads to, as a second name. */
function intoHardLinks(root: string): void {
  for (const { absolute, kind } of walk(join(root, 'data/views'))) {
    if (kind !== 'link' || !FORM.test(fs.readlinkSync(absolute))) continue
    const target = fs.readlinkSync(absolute)
    fs.rmSync(absolute)
    if (fs.existsSync(target)) fs.linkSync(target, absolute)
  }
}

const TOOLS: Readonly<Record<string, Tool>> = {
  'as the program left it': (_t, root) => root,
  'moved elsewhere': (_t, root, into) => {
    fs.renameSync(root, join(into, 'moved'))
    return join(into, 'moved')
  },
  'copied by cp -a, the first one kept': (t, root, into) =>
    runTool(t, 'cp', '-a', root, join(into, 'copy')) ? join(into, 'copy') : null,
  'copied by rsync -a, the first one kept': (t, root, into) =>
    runTool(t, 'rsync', '-a', `${root}/`, join(into, 'copy')) ? join(into, 'copy') : null,
  'copied by cp -rL': (t, root, into) => {
    // It cannot follow links that lead nowhere, and goes on with the rest.
    if (!canRun('cp', '--version')) return runTool(t, 'cp') ? root : null
    canRun('cp', '-rL', root, join(into, 'copy'))
    return join(into, 'copy')
  },
  'with views of hard links': (_t, root) => {
    intoHardLinks(root)
    return root
  },
}

/** Links in views that lead to a blob by their form, and lead nowhere. */
function danglingLinks(root: string): string[] {
  return walk(join(root, 'data/views')).flatMap(({ path, absolute, kind }) => {
    if (kind !== 'link' || fs.existsSync(absolute)) return []
    return FORM.test(fs.readlinkSync(absolute)) ? [path] : []
  })
}

/** Links that lead out of the store, absolute or by way of the folder above. */
function linksOut(root: string): string[] {
  return walk(join(root, 'data/views')).flatMap(({ path, absolute, kind }) => {
    if (kind !== 'link' || !fs.existsSync(absolute)) return []
    return fs.realpathSync(absolute).startsWith(`${fs.realpathSync(root)}/`) ? [] : [path]
  })
}

async function useFirst(setup: TestSynapse): Promise<void> {
  await setup.client.call('profiles.use', { body: { pack: PACK } })
}

describe('the first use of a store of the Python program', () => {
  for (const [name, tool] of Object.entries(TOOLS)) {
    it(`leaves no dangling link of its own in any view: ${name}`, async (t) => {
      const into = temporaryFolder(t)
      const first = await unpackFixture('python-store', join(into, 'first'))
      // As its clean-up leaves it: blobs are gone, and the views that showed them stay.
      const blobs = join(first, 'data/blobs/sha256')
      fs.rmSync(join(blobs, '34'), { recursive: true })
      const root = tool(t, first, into)
      if (root === null) return
      const whole = walk(join(first, 'data')).length
      const setup = await createTestSynapse(t, root)
      await useFirst(setup)
      assert.deepEqual(danglingLinks(root), [])
      assert.deepEqual(linksOut(root), [])
      const quarantined = (await setup.client.call('quarantine.list')).total
      await useFirst(setup)
      assert.equal((await setup.client.call('quarantine.list')).total, quarantined)
      assert.equal(quarantined, 0)
      if (dirname(root) === into && fs.existsSync(first) && root !== first) {
        assert.equal(walk(join(first, 'data')).length, whole, 'the first store was changed')
      }
    })
  }
})
