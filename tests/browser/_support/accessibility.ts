/** Looks for what people with screen readers or poor sight would stumble over. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeNode {
  readonly target: readonly unknown[]
  readonly failureSummary?: string
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly AxeNode[] }[]
}

/** Fails with what axe finds in an element, that of the whole page by default. */
export async function assertAccessible(
  page: Page,
  state: string,
  element: keyof HTMLElementTagNameMap = 'synapse-app',
): Promise<void> {
  await page.evaluate(AXE)
  const results = await page.evaluate((tag) => {
    const { axe } = globalThis as unknown as { axe: { run(on: string): Promise<AxeResults> } }
    return axe.run(tag)
  }, element)
  const found = results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id} at ${JSON.stringify(node.target)}: ${node.failureSummary ?? ''}`),
  )
  assert.deepEqual(found, [], `axe, ${state}`)
}
