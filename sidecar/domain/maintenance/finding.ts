/** One finding of doctor. */
import type { Finding } from '../../../schemas/store.ts'

/** The message of a finding, and its optional facts. */
export type FindingFacts = Pick<Finding, 'message'> & Partial<Finding>

/** Returns a finding, by default neither repaired nor repairable. */
export function finding(
  check: string,
  severity: Finding['severity'],
  what: string | FindingFacts,
): Finding {
  const facts = typeof what === 'string' ? { message: what } : what
  return { check, severity, repairable: false, repaired: false, ...facts }
}
