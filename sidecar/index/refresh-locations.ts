/** Which locations there are besides the store, from `data/machine.json`. */
import type { LocationEntry, LocationId } from '../../schemas/locations.ts'
import { linkableFolder } from '../store/locate.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { forgetLedger } from './refresh-ledgers.ts'
import { ledgersOfLocation } from './ledger-rows.ts'
import type { LocationRow } from './rows.ts'
import { keepUnreadable, type RefreshContext } from './sources.ts'
import { statement } from './statement.ts'

const ALL = statement((q) => q.selectFrom('locations').selectAll().orderBy('id'))
const PUT = statement((q, given: LocationRow) =>
  q
    .insertInto('locations')
    .values({ id: given.id, kind: given.kind, path: given.path, label: given.label })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        kind: eb.ref('excluded.kind'),
        path: eb.ref('excluded.path'),
        label: eb.ref('excluded.label'),
      })),
    ),
)
const DROP = statement((q, given: { id: string }) =>
  q.deleteFrom('locations').where('id', '=', given.id),
)

function rowOf(entry: LocationEntry): LocationRow {
  const { id, kind, label } = entry
  return { id, kind, path: linkableFolder(entry), label: label ?? null }
}

function locationsNow(reader: StoreReader): LocationRow[] | null {
  try {
    return reader.locations().map(rowOf)
  } catch {
    return null
  }
}

/**
 * Updates the locations. The ledger content of a removed one is forgotten, and read again should it
 * come back.
 */
export function refreshLocations(ctx: RefreshContext): void {
  const { db, reader } = ctx
  const read = locationsNow(reader)
  const now = new Map((read ?? []).map((row) => [row.id, row]))
  const before = new Map(db.all(ALL).map((row) => [row.id, row]))
  for (const id of before.keys()) {
    if (now.has(id)) continue
    for (const ledger of ledgersOfLocation(reader, id as LocationId)) forgetLedger(ctx, ledger)
    db.run(DROP, { id })
  }
  for (const row of now.values()) {
    if (JSON.stringify(before.get(row.id)) !== JSON.stringify(row)) db.run(PUT, row)
  }
  const path = reader.paths.relative(reader.paths.machine)
  keepUnreadable(ctx, [path], read === null ? [{ path, refers: false }] : [])
}
