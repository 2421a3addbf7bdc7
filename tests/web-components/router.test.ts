/** Which page is open, by address and by who looks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Surface } from '../../web-components/contexts/surface.ts'
import { MemoryAddress } from '../../web-components/shell/memory-address.ts'
import type { PageAccess } from '../../web-components/shell/page.ts'
import { Router } from '../../web-components/shell/router.ts'
import { PAGES } from '../../web-components/shell/page-table.ts'

function routerOn(surface: Surface, access: PageAccess, pages = PAGES) {
  const address = new MemoryAddress()
  const router = new Router(pages, address, surface)
  router.admit(access)
  return { address, router }
}

const idsOf = (routes: readonly { readonly id: string }[]) => routes.map(({ id }) => id)

test('no two pages share an address, and who may open one may open what it stands beside', () => {
  assert.equal(new Set(PAGES.map(({ path }) => path)).size, PAGES.length)
  assert.equal(new Set(PAGES.map(({ tag }) => tag)).size, PAGES.length)
  for (const { id, beside, surfaces } of PAGES) {
    if (beside === null) continue
    const main = PAGES.find((route) => route.id === beside)
    assert.equal(main?.access, 'paired', id)
    assert.ok(
      surfaces.every((surface) => main.surfaces.includes(surface)),
      id,
    )
  }
})

test('a browser without a token sees the pairing alone, and then what its address says', () => {
  const { address, router } = routerOn('page', 'unpaired')
  address.push('/import')
  assert.equal(router.current.id, 'pair')
  assert.deepEqual(router.navigation, [])
  router.admit('paired')
  assert.equal(router.current.id, 'import')
  assert.equal(address.read(), '/import')
})

test('an address without a page leads home and is put right', () => {
  const { address, router } = routerOn('page', 'paired')
  address.push('/no/such/page')
  assert.equal(router.current.id, 'home')
  assert.equal(address.read(), '/')
})

test('the owner’s pages are closed to others, pages of the page to the panel', () => {
  for (const [surface, access, open] of [
    ['page', 'owner', 'pairings'],
    ['page', 'paired', 'home'],
    ['panel', 'owner', 'home'],
  ] as const) {
    const { address, router } = routerOn(surface, access)
    address.push('/pairings')
    assert.equal(router.current.id, open, `${surface}, ${access}`)
  }
})

test('a page in a column of its own stays beside the main one when it is gone to', () => {
  const { router } = routerOn('page', 'owner')
  const column = idsOf(PAGES.filter(({ beside }) => beside === 'home'))
  for (const id of ['home', 'import', 'pairings'] as const) {
    router.go(id)
    assert.equal(router.current.id, id)
    assert.equal(router.main.id, 'home')
    assert.deepEqual(idsOf(router.beside), column)
  }
  assert.deepEqual(idsOf(routerOn('panel', 'paired').router.beside), [])
})

test('the navigation leads to no page that is closed', () => {
  const all = PAGES.map((row) => ({ ...row, inNavigation: true }))
  const closed = [
    ['page', 'paired', ['pairings', 'pair']],
    ['page', 'owner', ['pair']],
    ['panel', 'paired', ['pairings', 'import', 'pair']],
    ['panel', 'owner', ['pairings', 'import', 'pair']],
  ] as const
  for (const [surface, access, ids] of closed) {
    const led = idsOf(routerOn(surface, access, all).router.navigation)
    assert.ok(led.includes('home'))
    assert.ok(!ids.some((id) => led.includes(id)), `${surface}, ${access}: ${led.join(', ')}`)
  }
})

test('back leads through the pages before, and is offered while there are some', () => {
  const { router } = routerOn('page', 'owner')
  assert.equal(router.offersBack, false)
  router.go('import')
  router.go('pairings')
  router.back()
  assert.equal(router.current.id, 'import')
  router.back()
  assert.equal(router.current.id, 'home')
  assert.equal(router.offersBack, false)
  router.back()
  assert.equal(router.current.id, 'home')
})

test('reports whether the user went to a page or it opened by itself', () => {
  const { router } = routerOn('page', 'unpaired')
  const reported: boolean[] = []
  const stop = router.onChange((moved) => reported.push(moved))
  router.admit('owner')
  router.admit('owner')
  router.go('import')
  router.go('import')
  router.back()
  stop()
  router.go('import')
  assert.deepEqual(reported, [false, true, true, true])
})
