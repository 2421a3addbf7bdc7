import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../../schemas/errors.ts'
import { LateStart, notWatching } from '../../../sidecar/http/late-start.ts'

describe('what begins after the first answers', () => {
  test('is ended with the service', async () => {
    const ended: string[] = []
    const begun = Promise.withResolvers<undefined>()
    const begin = async () => {
      begun.resolve(undefined)
      return { [Symbol.asyncDispose]: async () => void ended.push('it') }
    }
    const late = new LateStart({ begin, failed: assert.ifError, afterMs: 0 })
    await begun.promise
    await late[Symbol.asyncDispose]()
    assert.deepEqual(ended, ['it'])
  })

  test('does not begin any more once the service has ended', async () => {
    const begin = () => assert.fail('It began')
    const late = new LateStart({ begin, failed: assert.ifError, afterMs: 1 })
    await late[Symbol.asyncDispose]()
  })

  test('and cannot start is reported in a line, in the log and by status', async () => {
    const [lines, events] = [[] as string[], [] as string[]]
    const notices = new Map<string, string>()
    const note = notWatching({ notices, log: ({ event }) => void events.push(event) }, (line) => {
      lines.push(line)
    })
    const failed = Promise.withResolvers<undefined>()
    const late = new LateStart({
      begin: () => Promise.reject(new AppError('disk.failed', 'No folder can be watched')),
      failed: (error) => {
        note(error)
        failed.resolve(undefined)
      },
      afterMs: 0,
    })
    await failed.promise
    await late[Symbol.asyncDispose]()
    const line = 'What other programs change is not noticed until the next start: '
    assert.deepEqual(lines, [`${line}No folder can be watched`])
    assert.deepEqual([...notices.values()], lines)
    assert.deepEqual(events, ['service.not_watching'])
  })
})
