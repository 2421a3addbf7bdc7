/** Options of commands that list a page. */
import type { Options } from './command.ts'

/** Which rows of a list are shown. */
export const PAGE_OPTIONS = {
  limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
  offset: { type: 'number', summary: 'Rows to skip' },
} as const satisfies Options
