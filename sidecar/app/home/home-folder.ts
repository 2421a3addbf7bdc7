/** The layout of a home; touches no disk, and loads little. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The paths of a home; the folders may not exist yet. */
export interface Home {
  readonly folder: string
  readonly runFolder: string
  /** Address and token of the running service: {@link ServiceInfo}. */
  readonly serviceFile: string
  /** Hashed tokens of browsers. */
  readonly authFile: string
  /** The view that ComfyUI lists without a service: `{view}`. */
  readonly comfyuiFile: string
  /** Roots at which stores were opened: see known-stores.ts. */
  readonly rootsFile: string
  readonly logFile: string
}

/** Returns the home in `folder`. */
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

/** Returns the home of this user: `SYNAPSE_HOME`, else `~/.synapse`. Touches no disk. */
export function userHome(env: NodeJS.ProcessEnv = process.env): Home {
  const named = env['SYNAPSE_HOME']
  return homeAt(named === undefined || named === '' ? join(homedir(), '.synapse') : resolve(named))
}
