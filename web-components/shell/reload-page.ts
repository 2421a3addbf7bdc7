/** A new document in place of one that another build of the service has outdated. */

const KEY = 'synapse:reloaded'
const PAUSE_MS = 60_000
const RETRY_MS = 2000

/** Records a reload; false where the last one was less than a minute ago, or storage is blocked. */
function mayReload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - last < PAUSE_MS) return false
    sessionStorage.setItem(KEY, String(Date.now()))
    return true
  } catch {
    return false
  }
}

async function isServed(): Promise<boolean> {
  try {
    return (await fetch(location.pathname, { cache: 'no-store' })).ok
  } catch {
    return false
  }
}

/**
 * Reloads the document once it is served again: while the service is away, what is shown is all that
 * there is. Where that does not help, it is not repeated.
 */
export async function reloadPage(): Promise<void> {
  while (!(await isServed())) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  if (mayReload()) location.reload()
}
