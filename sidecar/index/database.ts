/** One connection to an index: runs statements, each prepared once. */
import type BetterSqlite from 'better-sqlite3'
import type { Compilable } from 'kysely'
import { cellsOf, type Compiled, type Given, type Statement } from './statement.ts'

const CACHE_KIB = 32_768
const BUILDING_CACHE_KIB = 65_536

/** The values of a statement; empty for one without values. */
type Values<P> = unknown extends P ? [] : [given: P]

/**
 * Kysely builds the statements and better-sqlite3 runs them synchronously, so that no other code of
 * this process runs between the statements of a transaction.
 */
export class IndexDatabase {
  readonly #sqlite: BetterSqlite.Database
  readonly #prepared = new Map<string, BetterSqlite.Statement>()

  constructor(sqlite: BetterSqlite.Database) {
    this.#sqlite = sqlite
    sqlite.pragma(`cache_size = -${CACHE_KIB}`)
  }

  /** Prepares a statement, so that its first run is as fast as later ones. */
  prepare({ compiled }: { readonly compiled: Compiled }): void {
    this.#prepare(compiled.sql)
  }

  #prepare(sql: string): BetterSqlite.Statement {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const made = this.#sqlite.prepare(sql)
    this.#prepared.set(sql, made)
    return made
  }

  #rows<R>(compiled: Compiled, given: Given): R[] {
    return this.#prepare(compiled.sql).all(...cellsOf(compiled, given)) as R[]
  }

  /** All rows of a statement. */
  all<P, R>({ compiled }: Statement<P, R>, ...[given]: Values<P>): R[] {
    return this.#rows(compiled, given ?? {})
  }

  /** The first row of a statement. */
  first<P, R>({ compiled }: Statement<P, R>, ...[given]: Values<P>): R | undefined {
    const cells = cellsOf(compiled, given ?? {})
    return this.#prepare(compiled.sql).get(...cells) as R | undefined
  }

  /** Runs a statement; returns how many rows it changed. */
  run<P, R>({ compiled }: Statement<P, R>, ...[given]: Values<P>): number {
    const cells = cellsOf(compiled, given ?? {})
    return this.#prepare(compiled.sql).run(...cells).changes
  }

  /** All rows of a query that is built at run time. */
  select<R>(query: Compilable<R>): R[] {
    return this.#rows(query.compile(), {})
  }

  /** Runs SQL that the builder does not support: definitions and SQLite commands. */
  execute(sql: string): void {
    this.#sqlite.exec(sql)
  }

  /** Runs `change` in a transaction that locks the file from its first read on. */
  write<T>(change: () => T): T {
    return this.#sqlite.transaction(change).immediate()
  }

  /** Gives the file more memory while all of its rows are built. */
  building(on: boolean): void {
    this.#sqlite.pragma(`cache_size = -${on ? BUILDING_CACHE_KIB : CACHE_KIB}`)
  }

  /** A number that changes when another connection has written. */
  foreignVersion(): number {
    return this.#sqlite.pragma('data_version', { simple: true }) as number
  }

  /** The whole content in the form of a database file. */
  bytes(): Buffer {
    return this.#sqlite.serialize()
  }

  close(): void {
    this.#sqlite.close()
  }
}
