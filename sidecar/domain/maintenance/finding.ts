/** One finding of doctor. */
import type { Finding } from '../../../schemas/store.ts'

/** What was found, and what may be reported of it besides. */
export type FindingFacts = Pick<Finding, 'message'> & Partial<Finding>

/**
 * Returns a finding that nothing was done about and, unless it says so, that doctor cannot repair.
 */
export function finding(
  check: string,
  severity: Finding['severity'],
  what: string | FindingFacts,
): Finding {
  const facts = typeof what === 'string' ? { message: what } : what
  return { check, severity, repairable: false, repaired: false, ...facts }
}
