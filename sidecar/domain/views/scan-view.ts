/**
 * Scans the actual content of a view: its ledger, corrected in folders that changed since they got
 * our mtime.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { isAsideName, nameBeforeAside } from '../../platform/aside-name.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { isUnchanged } from './folder-times.ts'
import { groupByFolder, hasMoved } from './ledger-links.ts'
import { foldersWithLostBlobs } from './lost-blobs.ts'
import { ScanFindings } from './scan-findings.ts'
import type { ScanMode, ScannedView } from './scanned-view.ts'
import type { ViewAddress } from './view-address.ts'

/**
 * Scans a view. The cost is that of changed folders and foreign files, unless the scan is `full`;
 * if no folder changed, the links are those of the ledger, the same object.
 */
export function scanView(
  reader: StoreReader,
  view: ViewAddress,
  mode: ScanMode = 'incremental',
): ScannedView {
  return new ViewScan(new ScanFindings(reader, view), reader).run(mode)
}

/** One walk through the folders of a view. */
class ViewScan {
  readonly #reader: StoreReader
  readonly #findings: ScanFindings
  #groups: ReadonlyMap<string, readonly KnownLink[]> | null = null

  constructor(findings: ScanFindings, reader: StoreReader) {
    this.#findings = findings
    this.#reader = reader
  }

  run(mode: ScanMode): ScannedView {
    const { root, known, recorded } = this.#findings
    const looksAtAll = mode === 'full' || hasMoved(this.#reader.paths, recorded)
    const withLostBlobs = foldersWithLostBlobs(this.#reader, recorded)
    const waiting = new Set(['', ...(known?.mtimes.keys() ?? [])])
    for (const folder of waiting) {
      const stat = fs.lstatSync(join(root, folder), { throwIfNoEntry: false })
      if (stat?.isDirectory() !== true) {
        this.#findings.lose(this.#expectedIn(folder))
        continue
      }
      this.#findings.folders.add(folder)
      const isKept = known !== null && isUnchanged(known, folder, stat)
      const isTrusted = isKept && !withLostBlobs.has(folder)
      if (!isTrusted) this.#findings.changedFolders.add(folder)
      const found = isTrusted && !looksAtAll ? this.#lookAtOthers(folder) : this.#listFolder(folder)
      for (const path of found) waiting.add(path)
    }
    return this.#findings.result()
  }

  #expectedIn(folder: string): readonly KnownLink[] {
    this.#groups ??= groupByFolder(this.#findings.recorded)
    return this.#groups.get(folder) ?? []
  }

  /** Checks the foreign entries of an unchanged folder again; returns the folders among them. */
  #lookAtOthers(folder: string): string[] {
    const names = this.#findings.known?.others.get(folder) ?? []
    return names
      .map((name) => pathIn(folder, name))
      .filter((path) => this.#findings.judgeAgain(path))
  }

  /** Compares a folder's entries with the ledger; returns its subfolders. */
  #listFolder(folder: string): string[] {
    const names = new Set(fs.readdirSync(join(this.#findings.root, folder)))
    const isGone = ({ path }: KnownLink) => !names.has(path.slice(path.lastIndexOf('/') + 1))
    this.#findings.lose(this.#expectedIn(folder).filter(isGone))
    return [...names].flatMap((name) => {
      const path = pathIn(folder, name)
      if (isAsideName(name)) this.#findings.judgeAside(path, pathBefore(folder, name))
      else if (isTemporaryName(name)) this.#findings.leftovers.push(path)
      else if (this.#findings.judge(path)) return [path]
      return []
    })
  }
}

function pathBefore(folder: string, aside: string): string | null {
  const name = nameBeforeAside(aside)
  return name === null ? null : pathIn(folder, name)
}

const pathIn = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)
