/** serve, watch, token. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { plainCommand, serviceCommand, outcome, type Command, type Context } from '../command.ts'
import { machineAddresses } from '../../http/machine-addresses.ts'
import type { RunningService, ServiceOptions } from '../../http/run-service.ts'
import { findPort } from '../environment.ts'
import { printJson, printText, viewOf } from '../output.ts'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])
const EVERY_ADDRESS = new Set(['0.0.0.0', '::'])

function checkHost(host: string, allowRemote: boolean, { terminal }: Context): void {
  if (LOOPBACK.has(host)) return
  if (!allowRemote) {
    throw new AppError('input.invalid', `Others could reach ${host}`, {
      hint: 'Pass --allow-remote to allow that; the connection is not encrypted.',
    })
  }
  const warning = `Warning: everyone who reaches ${host} may try to connect, over an unencrypted connection. A token is still needed.`
  printText(terminal.err, viewOf(terminal.err).paint('yellow', warning))
}

/** The URLs for other machines of a service that listens on every address. */
function remoteUrls({ url }: RunningService, host: string): string[] {
  if (!EVERY_ADDRESS.has(host)) return []
  const { port } = new URL(url)
  const local = /^(?:localhost|127\.|\[::1\]|\[fe80:)/u
  return machineAddresses()
    .filter((name) => !local.test(name))
    .map((name) => `http://${name}:${port}`)
}

function printAddress(service: RunningService, host: string, context: Context): void {
  const { terminal, json, folders } = context
  const { out } = terminal
  if (json) return printJson(out, { url: service.url, root: folders().root })
  printText(out, `Synapse answers on ${service.url}`)
  const others = remoteUrls(service, host)
  if (others.length > 0) printText(out, `From other machines: ${others.join(' ')}`)
  // The link is a secret: it is only printed on the terminal, never to a file.
  if (out.isTty) printText(out, `Open the page, logged in (works once): ${service.loginUrl}`)
}

/** Asks at a terminal whether a new store may replace one that was there. */
async function wantsNewStore(absent: AppError, { terminal, json }: Context): Promise<boolean> {
  if (json || !terminal.err.isTty) return false
  printText(terminal.err, `${absent.message}. If its disk is only not connected, connect it first.`)
  const answer = await terminal.ask('Make a new, empty store there? [y/N] ')
  return /^y(es)?$/iu.test(answer?.trim() ?? '')
}

async function startService(context: Context, options: ServiceOptions): Promise<RunningService> {
  try {
    return await context.runService(options)
  } catch (error) {
    if (!isAppError(error, 'store.absent') || !(await wantsNewStore(error, context))) throw error
    return context.runService({ ...options, newStore: true })
  }
}

/** Waits for the end of the service; the first signal requests it, the second does not wait. */
async function untilEnd(service: RunningService, { terminal, json }: Context): Promise<void> {
  let asked = false
  let closed = Promise.resolve()
  const release = terminal.onSignal((signal) => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
    asked = true
    if (!json) printText(terminal.err, 'Stopping … (once more to stop at once)')
    closed = service.close()
  })
  try {
    await service.done
    await closed
  } finally {
    release()
  }
}

const serve = plainCommand({
  name: 'serve',
  group: 'Store',
  summary: 'Runs the service for the page, the panel in ComfyUI and this command',
  details: [
    'Ctrl-C stops it cleanly; a second one stops it at once.',
    'If a store was here and is missing, it asks on a terminal, else it makes none.',
  ],
  options: {
    port: { type: 'number', summary: 'Port to listen on (else SYNAPSE_PORT, 8377)' },
    host: {
      type: 'string',
      summary: 'Address to listen on (else 127.0.0.1); 0.0.0.0 and :: are all of this machine',
    },
    'allow-remote': { type: 'boolean', summary: 'Allow an address that other machines reach' },
  },
  examples: ['synapse serve', 'synapse serve --port 9000 --root /models/synapse'],
  asks: [],
  async run(context, { options }) {
    const host = options.host ?? '127.0.0.1'
    checkHost(host, options['allow-remote'], context)
    const service = await startService(context, {
      ...context.folders(),
      host,
      port: findPort(context.variables, options.port),
      acceptNetworkLock: context.acceptNetworkLock,
      log: (line) => {
        if (!context.json) printText(context.terminal.err, viewOf(context.terminal.err).clean(line))
      },
    })
    printAddress(service, host, context)
    await untilEnd(service, context)
    return { data: undefined, render: null }
  },
})

const watch = serviceCommand({
  name: 'watch',
  group: 'Activity',
  summary: 'Prints events, one a line, until Ctrl-C',
  details: ['With --json each line is one event.'],
  examples: ['synapse watch', 'synapse watch --json'],
  asks: [],
  async run({ client, terminal, json }) {
    const { eventText, readEvents } = await import('../events.ts')
    const stop = new AbortController()
    const release = terminal.onSignal(() => stop.abort())
    const view = viewOf(terminal.out)
    try {
      for await (const event of readEvents(client, stop.signal)) {
        if (json) printJson(terminal.out, event)
        else printText(terminal.out, eventText(view.clean(event)))
      }
    } finally {
      release()
    }
    if (stop.signal.aborted) return { data: undefined, render: null, exit: 130 }
    throw new AppError('service.not_running', 'The service has stopped')
  },
})

const token = plainCommand({
  name: 'token',
  group: 'Access',
  summary: "Prints the owner's token of the running service, for scripts",
  details: ['It allows everything: keep it out of files and logs.'],
  examples: ['synapse token', 'synapse token --json'],
  asks: [],
  async run({ folders }) {
    const { findService } = await import('../connect.ts')
    const service = await findService(folders())
    if (service) {
      return outcome({ url: service.url, token: service.token }, (data) => data.token)
    }
    throw new AppError(
      'service.not_running',
      'No service runs on this store, so there is no token',
      {
        hint: 'Start it with `npm start` or `synapse serve`.',
      },
    )
  },
})

/** Rows about the running service. */
export const SERVICE_COMMANDS: readonly Command[] = [serve, watch, token]
