/**
 * Method and path of each endpoint: all that a caller needs at run time. The schemas are in the
 * rows, so that a browser does not load them.
 */

/** Method and path of an endpoint. */
export interface Address {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with `{name}` for parameters. */
  readonly path: string
}

/** Endpoint → method and path. `/api/events`, a stream, is not among them. */
export const ADDRESSES = {
  health: { method: 'GET', path: '/api/health' },
  'store.init': { method: 'POST', path: '/api/store/init' },
  'store.status': { method: 'GET', path: '/api/store/status' },
  'store.config': { method: 'GET', path: '/api/store/config' },
  'store.config_edit': { method: 'PUT', path: '/api/store/config' },
  'store.doctor': { method: 'POST', path: '/api/store/doctor' },
  'store.clean': { method: 'POST', path: '/api/store/clean' },
  'comfyui.install': { method: 'POST', path: '/api/comfyui/install' },
  'comfyui.uninstall': { method: 'POST', path: '/api/comfyui/uninstall' },

  'inventory.list': { method: 'GET', path: '/api/store/inventory' },
  'inventory.facets': { method: 'GET', path: '/api/store/inventory/facets' },
  'inventory.summary': { method: 'GET', path: '/api/store/inventory/summary' },
  'inventory.show': { method: 'GET', path: '/api/store/inventory/{item}' },
  'inventory.impact': { method: 'GET', path: '/api/store/inventory/{item}/impact' },
  'inventory.delete': { method: 'DELETE', path: '/api/store/inventory/{item}' },
  'inventory.cleanup': { method: 'POST', path: '/api/store/inventory/cleanup-orphans' },
  'inventory.verify': { method: 'POST', path: '/api/store/inventory/verify' },
  'inventory.migrate_manifests': { method: 'POST', path: '/api/store/inventory/migrate-manifests' },
  'inventory.approve': { method: 'POST', path: '/api/store/inventory/{item}/approve' },
  'inventory.revoke': { method: 'POST', path: '/api/store/inventory/{item}/revoke' },

  'packs.list': { method: 'GET', path: '/api/packs' },
  'packs.create': { method: 'POST', path: '/api/packs' },
  'packs.restore': { method: 'POST', path: '/api/packs/restore' },
  'packs.show': { method: 'GET', path: '/api/packs/{name}' },
  'packs.edit': { method: 'PATCH', path: '/api/packs/{name}' },
  'packs.delete': { method: 'DELETE', path: '/api/packs/{name}' },
  'packs.resolve': { method: 'POST', path: '/api/packs/{name}/resolve' },
  'packs.export': { method: 'POST', path: '/api/packs/{name}/export' },

  'profiles.list': { method: 'GET', path: '/api/profiles' },
  'profiles.create': { method: 'POST', path: '/api/profiles' },
  'profiles.edit': { method: 'PATCH', path: '/api/profiles/{name}' },
  'profiles.delete': { method: 'DELETE', path: '/api/profiles/{name}' },
  'profiles.status': { method: 'GET', path: '/api/profiles/status' },
  'profiles.show': { method: 'GET', path: '/api/profiles/{name}' },
  'profiles.use': { method: 'POST', path: '/api/profiles/use' },
  'profiles.back': { method: 'POST', path: '/api/profiles/back' },
  'profiles.reset': { method: 'POST', path: '/api/profiles/reset' },
  'profiles.sync': { method: 'POST', path: '/api/profiles/sync' },
  'profiles.activate': { method: 'POST', path: '/api/profiles/activate' },
  'profiles.startup': { method: 'POST', path: '/api/profiles/startup' },

  'imports.preview': { method: 'POST', path: '/api/imports/preview' },
  'imports.start': { method: 'POST', path: '/api/imports' },
  'jobs.list': { method: 'GET', path: '/api/jobs' },
  'jobs.show': { method: 'GET', path: '/api/jobs/{id}' },
  'jobs.items': { method: 'GET', path: '/api/jobs/{id}/items' },
  'jobs.cancel': { method: 'DELETE', path: '/api/jobs/{id}' },
  'jobs.pause': { method: 'POST', path: '/api/jobs/{id}/pause' },
  'jobs.resume': { method: 'POST', path: '/api/jobs/{id}/resume' },
  'jobs.idle': { method: 'PUT', path: '/api/idle-work' },
  'journal.list': { method: 'GET', path: '/api/journal' },
  'journal.show': { method: 'GET', path: '/api/journal/{id}' },
  'journal.undo': { method: 'POST', path: '/api/journal/{id}/undo' },
  'trash.list': { method: 'GET', path: '/api/trash' },
  'trash.restore': { method: 'POST', path: '/api/trash/{id}/restore' },
  'trash.empty': { method: 'DELETE', path: '/api/trash' },
  'trash.remove': { method: 'DELETE', path: '/api/trash/{id}' },

  'quarantine.list': { method: 'GET', path: '/api/quarantine' },
  'quarantine.restore': { method: 'POST', path: '/api/quarantine/{id}/restore' },
  'quarantine.discard': { method: 'DELETE', path: '/api/quarantine/{id}' },

  'auth.pair': { method: 'POST', path: '/api/auth/pair' },
  'auth.pair_state': { method: 'POST', path: '/api/auth/pair/{id}' },
  'auth.pairings': { method: 'GET', path: '/api/auth/pairings' },
  'auth.approve': { method: 'POST', path: '/api/auth/approve' },
  'auth.login': { method: 'POST', path: '/api/auth/login' },
  'auth.sessions': { method: 'GET', path: '/api/auth/sessions' },
  'auth.session_revoke': { method: 'DELETE', path: '/api/auth/sessions/{id}' },
  'auth.logout': { method: 'DELETE', path: '/api/auth/session' },
} as const satisfies Readonly<Record<string, Address>>

/** Name of an endpoint: `noun.verb`. */
export type EndpointId = keyof typeof ADDRESSES

/** Reports whether a request by this method carries a JSON body. */
export function takesBody(method: Address['method']): boolean {
  return method !== 'GET' && method !== 'DELETE'
}
