/** The folder outside of any store where the service says how it is reached. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { documentText, parseJson } from '../../../schemas/json.ts'
import { ensureFolder, removeName, replaceFile, setMode } from '../../platform/disk.ts'

/** Where things lie in a home; the folders may be absent yet. */
export interface Home {
  readonly folder: string
  readonly runFolder: string
  /** Address and token of the running service: {@link ServiceInfo}. */
  readonly serviceFile: string
  /** Hashed tokens of browsers. */
  readonly authFile: string
  /** What ComfyUI lists without a service: `{view}`. */
  readonly comfyuiFile: string
  /** Roots at which stores were opened: see known-roots.ts. */
  readonly rootsFile: string
  readonly logFile: string
}

const ServiceInfo = v.looseObject({
  /** Address without a final slash: `http://127.0.0.1:8377`. */
  url: v.string(),
  pid: v.number(),
  /** The store's real path. */
  root: v.string(),
  /** The owner's token. */
  token: v.string(),
  /** How long a start-up hook may wait. */
  startup_timeout_ms: v.optional(v.number()),
})
export type ServiceInfo = v.InferOutput<typeof ServiceInfo>

/** The home in `folder`. */
export function homeAt(folder: string): Home {
  const runFolder = join(folder, 'run')
  return {
    folder,
    runFolder,
    serviceFile: join(runFolder, 'service.json'),
    authFile: join(runFolder, 'auth.json'),
    comfyuiFile: join(runFolder, 'comfyui.json'),
    rootsFile: join(folder, 'roots.json'),
    logFile: join(folder, 'log', 'service.jsonl'),
  }
}

/** The home of this user: `SYNAPSE_HOME`, else `~/.synapse`. Touches no disk. */
export function userHome(env: NodeJS.ProcessEnv = process.env): Home {
  const named = env['SYNAPSE_HOME']
  return homeAt(named === undefined || named === '' ? join(homedir(), '.synapse') : resolve(named))
}

/**
 * Replaces a document of `run/`, which only this user may enter and read.
 * @throws disk.*
 */
export async function writeRunFile(home: Home, path: string, document: unknown): Promise<void> {
  await ensureFolder(home.runFolder)
  setMode(home.runFolder, 0o700)
  await replaceFile(path, documentText(document), 0o600)
}

/** Reads a document of `run/`; null where it is absent, unreadable or of another form. */
export function readRunFile<T extends v.GenericSchema>(
  path: string,
  schema: T,
): v.InferOutput<T> | null {
  try {
    const read = v.safeParse(schema, parseJson(readFileSync(path, 'utf8')))
    return read.success ? read.output : null
  } catch {
    return null
  }
}

/**
 * Says where the service is reached. Only this user can read it.
 * @throws disk.*
 */
export async function writeService(home: Home, info: ServiceInfo): Promise<void> {
  await writeRunFile(home, home.serviceFile, info)
}

/** What the last service wrote; it need not be alive. Null where there is nothing readable. */
export function readService(home: Home): ServiceInfo | null {
  return readRunFile(home.serviceFile, ServiceInfo)
}

/**
 * Removes the address of the service with this token; another service's stays.
 * @throws disk.*
 */
export async function removeService(home: Home, token: string): Promise<void> {
  if (readService(home)?.token === token) await removeName(home.serviceFile)
}

/**
 * Says which folder ComfyUI lists when it starts without a service.
 * @param view absolute path of the interface's view
 * @throws disk.*
 */
export async function writeComfyuiView(home: Home, view: string): Promise<void> {
  await writeRunFile(home, home.comfyuiFile, { view })
}
