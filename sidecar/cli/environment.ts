/** Where the store and this user's own files are, by options and variables. */
import path from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import { userHome } from '../app/home/home-folder.ts'

/** The default port of the service. */
const DEFAULT_PORT = 8377

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Folders that every command starts from; absolute paths. */
export interface CliFolders {
  readonly root: string
  /** Folder of this user for files outside any store: run/, log/. */
  readonly home: string
  /** True where no root was given: the store of any running service is accepted. */
  readonly rootByDefault?: boolean
}

const SPLIT_ROOTS = ['SYNAPSE_STATE_ROOT', 'SYNAPSE_DATA_ROOT'] as const

/** The value of a variable; an empty one counts as not set. */
function variable(variables: Variables, name: string): string | undefined {
  const value = variables[name]
  return value === '' ? undefined : value
}

function assertOneRoot(variables: Variables): void {
  const set = SPLIT_ROOTS.find((name) => variable(variables, name) !== undefined)
  if (set === undefined) return
  throw new AppError('store.split_roots', `${set} is set: one root holds state and data here`, {
    hint: `Unset ${set} and name the folder that holds state/ and data/ with --root or SYNAPSE_ROOT.`,
  })
}

/**
 * Returns root and home: `--root`, else `SYNAPSE_ROOT`, else `<home>/store`, or whatever
 * store a running service has; home is
 * `SYNAPSE_HOME`, else `~/.synapse`.
 * @throws AppError store.split_roots where the variables of the Python program name two roots
 */
export function findFolders(variables: Variables, cwd: string, root?: string): CliFolders {
  assertOneRoot(variables)
  const home = userHome(variables).folder
  const named = root ?? variable(variables, 'SYNAPSE_ROOT')
  if (named !== undefined) return { home, root: path.resolve(cwd, named) }
  return { home, root: path.join(home, 'store'), rootByDefault: true }
}

/**
 * Returns the port to listen on: the option, else `SYNAPSE_PORT`, else {@link DEFAULT_PORT}; 0
 * takes a free one.
 * @throws AppError input.invalid where it is not a port
 */
export function findPort(variables: Variables, port?: number): number {
  const text = variable(variables, 'SYNAPSE_PORT')
  const chosen = port ?? (text === undefined ? DEFAULT_PORT : Number(text))
  if (Number.isInteger(chosen) && chosen >= 0 && chosen <= 65_535) return chosen
  throw new AppError('input.invalid', `${text ?? String(chosen)} is not a port (0 to 65535)`)
}
