/** The folder outside any store where the service publishes its address. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { documentText, parseJson } from '../../../schemas/json.ts'
import { removeName, replaceFile, setMode } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import type { Home } from './home-folder.ts'

export { homeAt, userHome, type Home } from './home-folder.ts'

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
 * Writes the address of the service. Only this user can read it.
 * @throws disk.*
 */
export async function writeService(home: Home, info: ServiceInfo): Promise<void> {
  await writeRunFile(home, home.serviceFile, info)
}

/**
 * Returns what the last service wrote, whether it is alive or not; null where nothing is readable.
 */
export function readService(home: Home): ServiceInfo | null {
  return readRunFile(home.serviceFile, ServiceInfo)
}

/**
 * Removes the address of the service with this token; that of another service is kept.
 * @throws disk.*
 */
export async function removeService(home: Home, token: string): Promise<void> {
  if (readService(home)?.token === token) await removeName(home.serviceFile)
}

/**
 * Writes the folder that ComfyUI lists when it starts without a service.
 * @param view absolute path of the interface's view
 * @throws disk.*
 */
export async function writeComfyuiView(home: Home, view: string): Promise<void> {
  await writeRunFile(home, home.comfyuiFile, { view })
}
