/** From what the probe of the volume found to how links are made. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../../schemas/config.ts'
import type { LinkForm } from '../../schemas/records.ts'
import type { VolumeStatus } from '../../schemas/store.ts'
import { mayRename } from '../platform/folder-pairs.ts'
import type { VolumeFacts } from '../platform/probe-volume.ts'
import type { LinkStyle } from '../domain/views/link-style.ts'
import type { StorePaths } from '../store/store-paths.ts'

function oneVolume(paths: StorePaths): boolean {
  const blobs = fs.statSync(paths.blobs, { bigint: true, throwIfNoEntry: false })
  const views = fs.statSync(paths.views, { bigint: true, throwIfNoEntry: false })
  return blobs === undefined || views === undefined || blobs.dev === views.dev
}

/** Reports whether files of the blobs can have second names in views: the system is asked. */
function shareLinks(paths: StorePaths): boolean {
  const [blobs, views] = [paths.blobs, paths.views]
  return !fs.existsSync(blobs) || !fs.existsSync(views) || mayRename(blobs, views)
}

function fileForm(facts: VolumeFacts, paths: StorePaths, wanted: string): LinkForm | null {
  const hardLinks = facts.hard_links && (wanted === 'hard_link' || !facts.symlinks)
  if (hardLinks && shareLinks(paths)) return 'hard_link'
  if (!facts.symlinks) return null
  return oneVolume(paths) ? 'symlink' : 'absolute_symlink'
}

/**
 * How links were made here, told from those that stand there: where nothing can be tried, that is
 * no sign that nothing works. A store without views gets what most volumes can do.
 */
function styleAsFound(paths: StorePaths, machine: Machine): Pick<LinkStyle, 'file' | 'folder'> {
  const shown = namesIn(paths.views).flatMap(
    (ui) => fs.lstatSync(join(paths.views, ui, 'active'), { throwIfNoEntry: false }) ?? [],
  )
  const folder = shown.some((stat) => stat.isDirectory()) ? 'none' : 'dir'
  const usual = oneVolume(paths) ? 'symlink' : 'absolute_symlink'
  return { file: machine.link_kind === 'hard_link' ? 'hard_link' : usual, folder }
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : []
}

/** How links are made on this volume: what the person chose where that works, else what does. */
export function linkStyleOf(facts: VolumeFacts, paths: StorePaths, machine: Machine): LinkStyle {
  if (facts.untried !== null) {
    return { ...styleAsFound(paths, machine), foldCase: process.platform !== 'linux', stampStep: 1 }
  }
  return {
    file: fileForm(facts, paths, machine.link_kind),
    folder: facts.folder_links === 'symlink' ? 'dir' : facts.folder_links,
    foldCase: !facts.case_sensitive,
    stampStep: facts.mtime_step_ms ?? 1,
  }
}

/** What a person is told of the volume. */
export function volumeStatus(facts: VolumeFacts, style: LinkStyle): VolumeStatus {
  return {
    filesystem: facts.filesystem,
    symlinks: facts.symlinks,
    hard_links: facts.hard_links,
    reflinks: facts.reflinks,
    case_sensitive: facts.case_sensitive,
    network: facts.network,
    writable: facts.writable,
    untried: facts.untried,
    free_bytes: facts.free_bytes,
    total_bytes: facts.total_bytes,
    link_form: style.file ?? 'none',
    atomic_switch: style.folder !== 'none',
  }
}
