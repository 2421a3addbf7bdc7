/** The page that the service serves at `/`. */
import { problemOf } from './controllers/resource.ts'
import { Connection } from './data/connection.ts'
import { login } from './data/session.ts'
import { defineElements } from './define.ts'
import { currentLocale, setLocale, t } from './i18n/translate.ts'
import { HashAddress } from './shell/hash-address.ts'
import { Router } from './shell/router.ts'
import { PAGES } from './shell/page-table.ts'

/** Takes the code of the printed link out of the address, so that it is used and seen once. */
function takeLoginCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('login')
  if (code !== null) history.replaceState(null, '', location.pathname + location.search)
  return code
}

/** Signs in with the code; gives a sentence to show where that failed. */
async function signIn(connection: Connection, code: string): Promise<string> {
  try {
    connection.keepSession(await login(connection, code))
    return ''
  } catch (error) {
    const problem = problemOf(error)
    return problem.code === 'pairing.not_found' ? t('pair.login_failed') : problem.message
  }
}

async function start(): Promise<void> {
  setLocale(navigator.language)
  document.documentElement.lang = currentLocale()
  const connection = new Connection(new URL('.', location.href).href.replace(/\/$/u, ''))
  const code = takeLoginCode()
  const problem = code === null ? '' : await signIn(connection, code)
  defineElements()
  const app = document.createElement('synapse-app')
  app.connection = connection
  app.router = new Router(PAGES, new HashAddress(), 'page')
  app.problem = problem
  document.body.replaceChildren(app)
  // On a page of our own every key is ours, wherever the focus is.
  document.addEventListener('keydown', (event) => {
    if (event.target !== document.body) return
    if (!app.dispatchEvent(new KeyboardEvent('keydown', event))) event.preventDefault()
  })
}

void start()
