/** Server-sent events are read whole, however the network cuts them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventIn, StreamParser } from '../../web-components/data/event-stream.ts'

const STREAM =
  ': hello\r\n\r\nid: b-1\r\nevent: a\r\ndata: {"x":\r\ndata: 1}\r\n\r\nid: b-2\n\ndata:2\n\n'
const MESSAGES = [
  { id: 'b-1', type: 'a', data: '{"x":\n1}' },
  { id: 'b-2', type: 'message', data: '2' },
]

test('reads messages whichever way the stream is cut in two', () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const parser = new StreamParser()
    const found = [...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]
    assert.deepEqual(found, MESSAGES, `cut at ${String(cut)}`)
  }
})

test('reads messages letter by letter', () => {
  const parser = new StreamParser()
  assert.deepEqual(
    Array.from(STREAM).flatMap((letter) => parser.push(letter)),
    MESSAGES,
  )
})

test('a message of the service is an event where it names a type', () => {
  assert.deepEqual(eventIn('{"type":"resync"}'), { type: 'resync' })
  for (const data of ['', '{', 'null', '"resync"', '[]', '{"ui":"comfyui"}']) {
    assert.equal(eventIn(data), null, data)
  }
})
