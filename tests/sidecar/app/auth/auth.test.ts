import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { isAppError, type ErrorCode } from '../../../../schemas/errors.ts'
import type { AppEvent } from '../../../../schemas/jobs.ts'
import { openAuth, type Auth } from '../../../../sidecar/app/auth/auth.ts'
import { homeAt, type Home } from '../../../../sidecar/app/home/home.ts'
import { observeDisk } from '../../../../sidecar/platform/disk-calls.ts'
import { temporaryFolder } from '../../../_support/http-app.ts'

const MINUTE = 60_000
const client = {
  label: 'desk',
  userAgent: 'Firefox',
  via: 'direct',
  origin: 'http://127.0.0.1:8377',
} as const

/** Two clocks to be set by hand. */
class Clocks {
  wall = Date.parse('2026-01-02T03:04:05Z')
  steady = 1000

  pass(ms: number): void {
    this.wall += ms
    this.steady += ms
  }
}

interface Setup {
  readonly home: Home
  readonly clocks: Clocks
  readonly auth: Auth
  readonly events: AppEvent[]
  /** The service as it starts again. */
  again(): Auth
}

function setup(t: TestContext): Setup {
  const home = homeAt(temporaryFolder(t))
  const clocks = new Clocks()
  const events: AppEvent[] = []
  const again = () =>
    openAuth({
      home,
      clock: { now: () => clocks.wall },
      monotonic: () => clocks.steady,
      publish: (event) => events.push(event),
    })
  return { home, clocks, events, auth: again(), again }
}

const is = (code: ErrorCode) => (error: unknown) => isAppError(error, code)

async function paired(auth: Auth, label = 'desk'): Promise<string> {
  const started = auth.startPairing({ ...client, label })
  auth.decidePairing(started.code, true)
  const { token } = await auth.pollPairing(started.id, started.secret)
  assert.ok(token)
  return token
}

describe('the owner’s token', () => {
  it('has 256 bits, is another at each start, and stands for the command', (t) => {
    const { auth, again } = setup(t)
    assert.equal(Buffer.from(auth.ownerToken, 'base64url').length, 32)
    assert.deepEqual(auth.check(auth.ownerToken), { actor: 'command', scope: 'owner' })
    assert.equal(again().check(auth.ownerToken), null)
  })

  it('has no near misses', (t) => {
    const { auth } = setup(t)
    const token = auth.ownerToken
    for (const wrong of ['', token.slice(1), `${token}A`, token.toLowerCase(), ` ${token}`]) {
      assert.equal(auth.check(wrong), null)
    }
  })
})

describe('pairing', () => {
  it('shows a code of two groups of letters that cannot be confused', (t) => {
    const { auth } = setup(t)
    for (let n = 0; n < 50; n += 1) {
      const { code } = auth.startPairing(client)
      assert.match(code, /^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$/u)
      auth.decidePairing(code, false)
    }
  })

  it('takes the code in any case, with or without the dash', async (t) => {
    const { auth } = setup(t)
    for (const typed of [
      (code: string) => code.toLowerCase(),
      (code: string) => code.replace('-', ''),
      (code: string) => ` ${code.replace('-', ' ')} `,
    ]) {
      const { id, secret, code } = auth.startPairing(client)
      auth.decidePairing(typed(code), true)
      assert.equal((await auth.pollPairing(id, secret)).state, 'approved')
    }
  })

  it('gives the token once, of scope panel', async (t) => {
    const { auth } = setup(t)
    const { id, secret, code } = auth.startPairing(client)
    auth.decidePairing(code, true)
    const answers = await Promise.all([auth.pollPairing(id, secret), auth.pollPairing(id, secret)])
    const tokens = answers.flatMap(({ token }) => token ?? [])
    assert.equal(tokens.length, 1)
    assert.equal(auth.check(tokens[0] ?? '')?.scope, 'panel')
    assert.deepEqual(await auth.pollPairing(id, secret), { state: 'approved' })
  })

  it('can be refused', async (t) => {
    const { auth } = setup(t)
    const { id, secret, code } = auth.startPairing(client)
    auth.decidePairing(code, false)
    assert.deepEqual(await auth.pollPairing(id, secret), { state: 'refused' })
    assert.deepEqual(auth.sessions(), [])
    assert.throws(() => {
      auth.decidePairing(code, true)
    }, is('pairing.not_found'))
  })

  it('ends after five minutes, also when it was approved but not fetched', async (t) => {
    const { auth, clocks } = setup(t)
    const { id, secret, code } = auth.startPairing(client)
    clocks.pass(5 * MINUTE - 1)
    auth.decidePairing(code, true)
    clocks.pass(1)
    assert.deepEqual(await auth.pollPairing(id, secret), { state: 'expired' })
    assert.deepEqual(auth.pairings(), [])
    clocks.pass(5 * MINUTE)
    await assert.rejects(() => auth.pollPairing(id, secret), is('pairing.not_found'))
  })

  it('does not live longer when the clock is set back, nor when it is set forward', async (t) => {
    const { auth, clocks } = setup(t)
    const back = auth.startPairing(client)
    clocks.pass(5 * MINUTE)
    clocks.wall -= 60 * MINUTE
    assert.deepEqual(await auth.pollPairing(back.id, back.secret), { state: 'expired' })
    assert.throws(() => {
      auth.decidePairing(back.code, true)
    }, is('pairing.not_found'))
    const forward = auth.startPairing(client)
    clocks.wall += 6 * MINUTE
    assert.deepEqual(await auth.pollPairing(forward.id, forward.secret), { state: 'expired' })
  })

  it('keeps three pending ones: the oldest expires, so that requests cannot lock others out', async (t) => {
    const { auth } = setup(t)
    const [first, second] = [1, 2, 3].map(() => auth.startPairing(client))
    const fourth = auth.startPairing(client)
    assert.ok(first && second)
    const codes = auth.pairings().map(({ code }) => code)
    assert.equal(codes.length, 3)
    assert.ok(!codes.includes(first.code) && codes.includes(fourth.code))
    assert.deepEqual(await auth.pollPairing(first.id, first.secret), { state: 'expired' })
    assert.throws(() => {
      auth.decidePairing(first.code, true)
    }, is('pairing.not_found'))
    auth.decidePairing(second.code, true)
    auth.startPairing(client)
    assert.equal((await auth.pollPairing(second.id, second.secret)).state, 'approved')
  })

  it('ends for all who wait after ten wrong codes in a row', async (t) => {
    const { auth } = setup(t)
    const { id, secret, code } = auth.startPairing(client)
    for (let n = 0; n < 10; n += 1) {
      assert.throws(() => {
        auth.decidePairing('AAAA-AAAA', true)
      }, is('pairing.not_found'))
    }
    assert.throws(() => {
      auth.decidePairing(code, true)
    }, is('pairing.not_found'))
    assert.deepEqual(await auth.pollPairing(id, secret), { state: 'refused' })
  })

  it('shows no name where nobody could see it', (t) => {
    const { auth } = setup(t)
    auth.startPairing({ label: '\u3164\u200b\u00a0', userAgent: 'u', via: 'direct', origin: null })
    assert.equal(auth.pairings()[0]?.label, '')
  })

  it('shows who asks as one harmless line', (t) => {
    const { auth } = setup(t)
    const label = `a\u001b[2J\nb\u202e${'x'.repeat(500)}`
    auth.startPairing({ label, userAgent: label, via: 'comfyui', origin: null })
    const [pairing] = auth.pairings()
    assert.match(pairing?.label ?? '', /^a \[2J b x+$/u)
    assert.ok((pairing?.label.length ?? 999) <= 100 && (pairing?.user_agent.length ?? 999) <= 200)
    assert.equal(pairing?.via, 'comfyui')
  })

  it('is published as it changes', async (t) => {
    const { auth, events } = setup(t)
    await paired(auth)
    assert.deepEqual(events, [{ type: 'pairing.changed' }, { type: 'pairing.changed' }])
  })
})

describe('the login link', () => {
  it('makes an owner, once', async (t) => {
    const { auth } = setup(t)
    const code = auth.newLoginCode()
    const { token, scope } = await auth.login(code, client)
    assert.equal(scope, 'owner')
    assert.equal(auth.check(token)?.actor, 'owner')
    await assert.rejects(() => auth.login(code, client), is('pairing.not_found'))
  })

  it('is good for five minutes, whatever happens to the clock', async (t) => {
    const { auth, clocks } = setup(t)
    const code = auth.newLoginCode()
    clocks.pass(5 * MINUTE)
    clocks.wall -= 60 * MINUTE
    await assert.rejects(() => auth.login(code, client), is('pairing.not_found'))
  })

  it('does not work through ComfyUI, and is not used up by the attempt', async (t) => {
    const { auth } = setup(t)
    const code = auth.newLoginCode()
    const through = { ...client, via: 'comfyui' } as const
    await assert.rejects(() => auth.login(code, through), is('auth.forbidden'))
    assert.equal((await auth.login(code, client)).scope, 'owner')
  })
})

describe('sessions', () => {
  it('outlive a restart; only digests are on disk, for this user alone', async (t) => {
    const { auth, home, again } = setup(t)
    const token = await paired(auth)
    const text = readFileSync(home.authFile, 'utf8')
    assert.ok(!text.includes(token) && !text.includes(auth.ownerToken))
    assert.equal(statSync(home.authFile).mode & 0o777, 0o600)
    assert.equal(statSync(home.runFolder).mode & 0o777, 0o700)
    assert.deepEqual(again().check(token), auth.check(token))
  })

  it('end at once when revoked, and stay ended', async (t) => {
    const { auth, again } = setup(t)
    const [first, second] = [await paired(auth, 'one'), await paired(auth, 'two')]
    const [one] = auth.sessions()
    assert.ok(one)
    const ended = auth.ended(one.id)
    assert.equal(ended.aborted, false)
    await auth.revoke(one.id)
    assert.equal(ended.aborted, true)
    assert.equal(auth.ended(one.id).aborted, true)
    for (const service of [auth, again()]) {
      assert.equal(service.check(first), null)
      assert.equal(service.check(second)?.actor, 'panel two')
    }
    await assert.rejects(() => auth.revoke(one.id), is('session.not_found'))
  })

  it('are listed without anything secret, with the time of their last use', async (t) => {
    const { auth, clocks } = setup(t)
    const token = await paired(auth)
    assert.equal(auth.sessions()[0]?.last_used, null)
    clocks.pass(MINUTE)
    auth.check(token)
    const [session] = auth.sessions()
    assert.equal(session?.last_used, '2026-01-02T03:05:05.000Z')
    assert.deepEqual(Object.keys(session).sort(), [
      'created_at',
      'id',
      'label',
      'last_used',
      'scope',
      'user_agent',
      'via',
    ])
  })

  it('note their use on disk now and then', async (t) => {
    const { auth, clocks, again } = setup(t)
    const token = await paired(auth)
    clocks.pass(11 * MINUTE)
    auth.check(token)
    await auth[Symbol.asyncDispose]()
    assert.equal(again().sessions()[0]?.last_used, '2026-01-02T03:15:05.000Z')
  })

  it('are none where the file is broken', (t) => {
    const { home, again } = setup(t)
    mkdirSync(home.runFolder, { recursive: true })
    for (const text of ['', '{', '{"schema":"synapse.auth.v1","sessions":[{}]}', '[]']) {
      writeFileSync(home.authFile, text)
      assert.deepEqual(again().sessions(), [])
    }
  })

  it('are not given where the disk refuses them; the next poll tries again', async (t) => {
    const { auth, again } = setup(t)
    const { id, secret, code } = auth.startPairing(client)
    auth.decidePairing(code, true)
    observeDisk(({ op }) => {
      if (op === 'create') throw Object.assign(new Error('no'), { code: 'ENOSPC' })
    })
    t.after(() => observeDisk(null))
    await assert.rejects(() => auth.pollPairing(id, secret), is('disk.full'))
    assert.deepEqual(auth.sessions(), [])
    observeDisk(null)
    const { token } = await auth.pollPairing(id, secret)
    assert.equal(again().check(token ?? '')?.scope, 'panel')
  })

  it('that were revoked while the disk refused it are ended here, and that is reported', async (t) => {
    const { auth } = setup(t)
    const token = await paired(auth)
    observeDisk(({ op }) => {
      if (op === 'create') throw Object.assign(new Error('no'), { code: 'EROFS' })
    })
    t.after(() => observeDisk(null))
    await assert.rejects(() => auth.revoke(auth.sessions()[0]?.id ?? ''), is('disk.read_only'))
    assert.equal(auth.check(token), null)
  })
})
