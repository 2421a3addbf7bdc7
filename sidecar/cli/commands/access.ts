/** pair, sessions; comfyui install and uninstall. */
import path from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { ComfyInstallResult, Pairing, Session } from '../../../schemas/store.ts'
import { command, outcome, serviceCommand, type Command, type Options } from '../command.ts'
import { moment, shortId } from '../format.ts'
import { expandId } from '../lookup.ts'
import type { View } from '../output.ts'
import { joined, moreOf, table, type Column } from '../table.ts'

const PAIRINGS: readonly Column<Pairing>[] = [
  { title: 'Code', value: ({ code }) => code },
  { title: 'Name', value: ({ label }) => label || '–', least: 8 },
  { title: 'Through', value: ({ via }) => via },
  { title: 'Page', value: ({ origin }) => origin ?? '–', least: 12, spare: 3 },
  { title: 'Until', value: ({ expires_at: at }) => moment(at), spare: 2 },
  { title: 'Browser', value: ({ user_agent: agent }) => agent, least: 12, spare: 1 },
]

const pair = serviceCommand({
  name: 'pair',
  group: 'Access',
  summary: 'Approves the browser that shows a code; without a code, lists the waiting ones',
  words: [{ name: 'code', summary: 'The code that the browser shows', optional: true }],
  options: { refuse: { type: 'boolean', summary: 'Refuse it instead' } },
  examples: ['synapse pair', 'synapse pair K7WM2QXA', 'synapse pair K7WM2QXA --refuse'],
  asks: ['auth.pairings', 'auth.approve'],
  async run({ client }, { words: { code }, options: { refuse } }) {
    if (code === undefined && refuse) {
      throw new AppError('input.invalid', '--refuse needs a code', {
        hint: 'See: synapse help pair',
      })
    }
    if (code !== undefined) {
      const done = await client.call('auth.approve', { body: { code, approve: !refuse } })
      return outcome(done, () =>
        refuse ? 'Refused.' : 'Approved: the browser has its own token now.',
      )
    }
    return outcome(await client.call('auth.pairings'), (page, view) =>
      page.total === 0
        ? 'No browser is waiting.'
        : joined([
            table(PAIRINGS, page.items, view),
            moreOf(page),
            'Approve one: synapse pair <code>',
          ]),
    )
  },
})

const SESSIONS: readonly Column<Session>[] = [
  { title: 'Id', value: ({ id }) => shortId(id) },
  { title: 'Name', value: ({ label }) => label || '–', least: 8 },
  { title: 'May', value: ({ scope }) => scope },
  { title: 'Through', value: ({ via }) => via, spare: 2 },
  { title: 'Last used', value: ({ last_used: at }) => moment(at), spare: 1 },
  { title: 'Browser', value: ({ user_agent: agent }) => agent, least: 12, spare: 3 },
]

const sessions = serviceCommand({
  name: 'sessions',
  aliases: ['sessions list'],
  group: 'Access',
  summary: 'Lists the browsers that hold a token',
  examples: ['synapse sessions'],
  asks: ['auth.sessions'],
  async run({ client }) {
    return outcome(await client.call('auth.sessions'), (page, view) =>
      page.total === 0
        ? 'No browser holds a token.'
        : joined([table(SESSIONS, page.items, view), moreOf(page)]),
    )
  },
})

const revoke = serviceCommand({
  name: 'sessions revoke',
  group: 'Access',
  summary: 'Revokes the token of a browser',
  words: [{ name: 'id', summary: 'Id of the session, or the last digits of it' }],
  examples: ['synapse sessions revoke 0a11c4d25e6f'],
  asks: ['auth.session_revoke', 'auth.sessions'],
  async run({ client }, { words }) {
    const params = { id: await expandId(client, 'auth.sessions', words.id) }
    const answer = await client.call('auth.session_revoke', { params })
    return outcome(answer, () => 'Revoked: the browser must pair again.')
  },
})

const PATH = {
  path: { type: 'string', value: 'folder', summary: 'Folder of the ComfyUI' },
} as const satisfies Options

function folder(cwd: string, typed: string | undefined, name: string): string {
  if (typed !== undefined) return path.resolve(cwd, typed)
  throw new AppError('input.invalid', `"${name}" needs --path <folder>`, {
    hint: `See: synapse help ${name}`,
  })
}

const HOW: Readonly<Record<ComfyInstallResult['how'], string>> = {
  link: 'linked to',
  copy: 'copied to',
  removed: 'removed from',
  already_there: 'there already:',
  not_there: 'not there:',
}

function installText(result: ComfyInstallResult, view: View): string {
  return joined([
    result.dry_run && view.paint('bold', 'Dry run: nothing is changed.'),
    `The extension is ${result.dry_run ? 'to be ' : ''}${HOW[result.how]} ${result.target}`,
    result.next,
  ])
}

const install = command({
  name: 'comfyui install',
  group: 'Interfaces',
  summary: 'Installs the extension in a ComfyUI',
  options: {
    ...PATH,
    copy: { type: 'boolean', summary: 'A copy of the extension instead of a link to it' },
  },
  dry: 'asked',
  examples: ['synapse comfyui install --path ~/ComfyUI'],
  asks: ['comfyui.install'],
  async run({ client, cwd }, { options, dryRun }) {
    const where = folder(cwd, options.path, 'comfyui install')
    const body = { path: where, copy: options.copy, dry_run: dryRun }
    return outcome(await client.call('comfyui.install', { body }), installText)
  },
})

const uninstall = command({
  name: 'comfyui uninstall',
  group: 'Interfaces',
  summary: 'Removes the extension from a ComfyUI',
  options: PATH,
  dry: 'asked',
  examples: ['synapse comfyui uninstall --path ~/ComfyUI'],
  asks: ['comfyui.uninstall'],
  async run({ client, cwd }, { options, dryRun }) {
    const body = { path: folder(cwd, options.path, 'comfyui uninstall'), dry_run: dryRun }
    return outcome(await client.call('comfyui.uninstall', { body }), installText)
  },
})

/** Rows about access of browsers, and about ComfyUI. */
export const ACCESS_COMMANDS: readonly Command[] = [pair, sessions, revoke, install, uninstall]
