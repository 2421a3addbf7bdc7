/** Typed statements: built with Kysely, compiled and prepared when they first run. */
import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type Compilable,
} from 'kysely'
import type { Tables } from './tables.ts'

/** The values of SQLite. */
export type Cell = string | number | null | Uint8Array

/** Builds queries; it never runs them, so it has no connection. */
export const builder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})
/** The query builder. */
export type Builder = typeof builder

/** The placeholder of a value that is given when the statement runs. */
class Parameter {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** A query as text, and the values of its question marks, in order. */
export interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Values by their names. */
export type Given = Readonly<Record<string, Cell>>

/** A fixed statement that takes the values `P` and returns rows `R`. */
export class Statement<P, R> {
  readonly #write: () => Compilable<R>
  #compiled: Compiled | null = null

  constructor(write: (build: Builder, given: P) => Compilable<R>) {
    // To the builder, a value given later looks like one that already exists.
    const given = new Proxy({}, { get: (_target, name) => new Parameter(String(name)) }) as P
    this.#write = () => write(builder, given)
  }

  /** Its text; compiled at the first call. */
  get compiled(): Compiled {
    this.#compiled ??= this.#write().compile()
    return this.#compiled
  }
}

/**
 * Defines a statement. The type of the second parameter names the values that it takes when it
 * runs.
 * @example statement((q, given: { pack: string }) => q.deleteFrom('refs').where('pack', '=', given.pack))
 */
export function statement<R, P = unknown>(
  write: (build: Builder, given: P) => Compilable<R>,
): Statement<P, R> {
  return new Statement(write)
}

/** Returns the cells of a compiled query, in the order of its question marks. */
export function cellsOf({ parameters }: Compiled, given: Given): Cell[] {
  return parameters.map((one) =>
    one instanceof Parameter ? (given[one.name] ?? null) : (one as Cell),
  )
}

/**
 * Returns the entries of a list that is given as JSON: one statement serves lists of any length.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- JSON is untyped
export function entriesOf<V extends Cell>(json: string) {
  return sql<{ readonly key: number; readonly value: V }>`json_each(${json})`.as('entries')
}

/** Returns the values of such a list, for `in`. */
export function listed<V extends Cell>(json: string) {
  return builder.selectFrom(entriesOf<V>(json)).select('entries.value')
}
