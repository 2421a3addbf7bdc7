/** The order of the folders inside a layer: each may import those before it, and loose files none. */
import path from 'node:path'

/** Layers whose folders stand in an order, with the folders from the first to the last. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  domain: [
    'locations',
    'models',
    'views',
    'profiles',
    'quarantine',
    'packs',
    'inventory',
    'imports',
    'journal',
    'comfyui',
    'maintenance',
  ],
}

/** The folder of a file inside its layer; undefined for a file that lies right in the layer. */
function roomOf(file: string): string | undefined {
  const [, , room, below] = file.split('/')
  return below === undefined ? undefined : room
}

/** Returns what is wrong with an import within a layer, or undefined. */
export function roomProblem(layer: string, file: string, target: string): string | undefined {
  const rooms = ROOMS[layer]
  if (rooms === undefined) return undefined
  const [from, to] = [roomOf(file), roomOf(target)]
  if (to === undefined || from === to) return undefined
  if (from === undefined) return `imports ${target}: a loose file of ${layer} imports no folder`
  const [at, other] = [rooms.indexOf(from), rooms.indexOf(to)]
  if (at < 0) return `lies in ${layer}/${from}, which has no place in the order of ${layer}`
  if (other >= 0 && other < at) return undefined
  const before = rooms.slice(0, at).join(', ') || 'none'
  return `imports ${target}: ${path.posix.join(layer, from)} may import only ${before}`
}
