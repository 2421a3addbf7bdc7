import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError, ERRORS } from '../../../schemas/errors.ts'
import { absentText } from '../../../sidecar/cli/switch-plan.ts'
import {
  ANSWERS,
  cleanup,
  deletion,
  group,
  ID,
  item,
  job,
  OTHER_SHA,
  SHA,
  switchResult,
} from './answers.ts'
import { run } from './fake-host.ts'

const asked = (ran: Awaited<ReturnType<typeof run>>) => ran.calls.map(({ id }) => id)
const last = (ran: Awaited<ReturnType<typeof run>>) => ran.calls.at(-1)?.input

test('a whole digest is taken as it is, its beginning is looked up', async () => {
  const whole = await run(['inventory', 'show', SHA.toUpperCase()])
  assert.deepEqual(asked(whole), ['inventory.show'])
  const short = await run(['inventory', 'show', SHA.slice(0, 4)])
  assert.deepEqual(asked(short), ['inventory.list', 'inventory.show'])
  assert.deepEqual(last(short), { params: { item: SHA } })
})

const list = (...digests: string[]) => ({
  ...ANSWERS['inventory.list'],
  items: digests.map((sha256) => ({ ...item, id: sha256, sha256 })),
})

test('a beginning that stands for none, for several or for a name is refused', async () => {
  const answers = {
    'inventory.list': () => list(`abcd1${SHA.slice(5)}`, `abcd2${SHA.slice(5)}`, SHA),
  }
  const cases = [
    ['abcd', ERRORS['input.invalid'].exit, /matches several: abcd1\w+, abcd2/u],
    ['dead', ERRORS['blob.not_found'].exit, /No model begins with dead/u],
    ['abc', ERRORS['input.invalid'].exit, /not a digest/u],
    ['film-grain', ERRORS['input.invalid'].exit, /inventory --search "film-grain"/u],
  ] as const
  for (const [typed, exit, text] of cases) {
    const { code, err } = await run(['approve', typed], { answers })
    assert.equal(code, exit, typed)
    assert.match(err, text)
  }
})

for (const [severity, repaired, text] of [
  ['warning', false, 'No errors, 1 warning.'],
  ['warning', true, 'All is well.'],
  ['note', false, 'All is well.'],
] as const) {
  test(`doctor says "${text}" of a ${severity}${repaired ? ' that was repaired' : ''}`, async () => {
    const finding = { check: 'blobs', severity, message: 'm', repairable: false, repaired }
    const result = { healthy: true, findings: [finding], checks: [] }
    const answers = { 'store.doctor': () => job({ kind: 'store.doctor', result }) }
    const ran = await run(['doctor'], { answers })
    assert.equal(ran.out.trimEnd().split('\n').at(-1), text)
  })
}

test('a pack that cannot be read is shown by its name alone', () => {
  const absent: Parameters<typeof absentText>[0] = {
    ui: 'comfyui',
    pack: 'Old',
    dependency_id: '',
    filename: '',
    kind: 'unknown',
    sha256: null,
    reason: 'pack_broken',
  }
  assert.equal(absentText(absent), 'Old: the pack cannot be read: synapse doctor')
})

test('delete shows what would break, asks, and does it at yes', async () => {
  const ran = await run(['inventory', 'delete', SHA], { tty: true, reply: 'y' })
  assert.equal(ran.code, 0, ran.err)
  assert.match(ran.err, /used by 1 pack\. Deleting it makes it incomplete: Portraits/u)
  assert.deepEqual(ran.questions, ['Delete 3f2a9c0d11ee? [y/N] '])
  const [dry, real] = ran.calls
  assert.equal((dry?.input['query'] as { dry_run: boolean }).dry_run, true)
  assert.equal((real?.input['query'] as { dry_run?: boolean }).dry_run, undefined)
})

for (const [name, argv] of [
  ['delete', ['inventory', 'delete', SHA]],
  ['cleanup', ['inventory', 'cleanup', '--execute']],
  ['pack delete', ['pack', 'delete', 'Portraits']],
  ['trash empty', ['trash', 'empty']],
  ['trash remove', ['trash', 'remove', '71d0aa52c3be']],
] as const) {
  const changes = (ran: Awaited<ReturnType<typeof run>>) =>
    ran.calls.filter(({ id, input }) => {
      const sent = JSON.stringify(input)
      return id !== 'trash.list' && !sent.includes('"dry_run":true')
    }).length

  test(`${name} changes nothing without agreement`, async () => {
    for (const fake of [{ reply: null }, { tty: true, reply: 'n' }, { tty: true, reply: '' }]) {
      const ran = await run(argv, fake)
      assert.notEqual(ran.code, 0)
      assert.equal(changes(ran), 0)
    }
    const json = await run([...argv, '--json'], { tty: true, reply: 'y' })
    assert.deepEqual([json.code, json.out, json.questions.length, changes(json)], [2, '', 0, 0])
  })

  test(`${name} --yes does not ask, --dry-run changes nothing`, async () => {
    const yes = await run([...argv, '--yes'])
    assert.deepEqual([yes.code, yes.questions.length, changes(yes)], [0, 0, 1])
    if (name === 'cleanup') return
    const dry = await run([...argv, '--dry-run', '--yes'])
    assert.deepEqual([dry.code, changes(dry)], [0, 0])
  })
}

test('the last copy is named by 12 digits of its digest, and no fewer', async () => {
  const few = await run(['inventory', 'delete', SHA, '--yes', '--confirm', SHA.slice(0, 11)])
  assert.deepEqual([few.code, few.calls.length], [2, 0])
  const other = await run(['inventory', 'delete', SHA, '--yes', '--confirm', OTHER_SHA])
  assert.deepEqual([other.code, other.calls.length], [2, 0])
  const enough = await run(['inventory', 'delete', SHA, '--yes', '--confirm', SHA.slice(0, 12)])
  assert.equal(enough.code, 0)
  const { query } = last(enough) as { query: { confirm_last_copy: string } }
  assert.equal(query.confirm_last_copy, SHA)
})

test('a verification of nothing is refused without asking', async () => {
  for (const words of [[], ['--all', SHA]]) {
    const { code, err, calls } = await run(['inventory', 'verify', ...words])
    assert.deepEqual([code, calls.length], [ERRORS['input.invalid'].exit, 0])
    assert.match(
      err,
      /Name models to verify, or say --all or --changed\nSee: synapse help inventory verify/u,
    )
  }
})

test('a refused deletion exits with the code of its refusal', async () => {
  const refuse = () => {
    throw new AppError('blob.last_copy', 'The last copy', { hint: 'Say --confirm' })
  }
  const { code, err } = await run(['inventory', 'delete', SHA], {
    answers: { 'inventory.delete': refuse },
  })
  assert.equal(code, ERRORS['blob.last_copy'].exit)
  assert.match(err, /Say --confirm/u)
})

test('cleanup without --execute is a preview in the agreed words', async () => {
  const ran = await run(['inventory', 'cleanup'])
  assert.equal(ran.code, 0)
  const lines = ran.out.trimEnd().split('\n')
  assert.deepEqual(lines.slice(0, 4), [
    ...['Cleanup preview (dry run)', 'Orphans found: 12', 'Would free: 6.8 GB'],
    '  orphan-0.safetensors (500 MB)',
  ])
  assert.deepEqual(lines.slice(-2), ['  … and 2 more', 'Run with --execute to delete'])
  assert.deepEqual(
    ran.calls.map(({ input }) => (input['body'] as { dry_run: boolean }).dry_run),
    [true],
  )
})

test('a cleanup that fails for one model exits with that failure', async () => {
  const errors = [{ sha256: SHA, code: 'disk.denied', detail: 'Not allowed' }]
  const answers = { 'inventory.cleanup': () => ({ ...cleanup, dry_run: false, errors }) }
  const { code, out } = await run(['inventory', 'cleanup', '--execute', '--yes'], { answers })
  assert.equal(code, ERRORS['disk.denied'].exit)
  assert.match(out, /3f2a9c0d11ee: Not allowed/u)
})

test('a deletion says where the bytes went', async () => {
  const answers = {
    'inventory.delete': () => ({ ...deletion, dry_run: false, remaining_on: ['disk'] }),
  }
  const { out } = await run(['inventory', 'delete', SHA, '--yes'], { answers })
  assert.equal(
    out,
    'Deleted 3f2a9c0d11ee from local: 0 B freed, 6.8 GB to the trash.\nStays on: disk\n',
  )
})

test('a switch says what appears, disappears, is shadowed, absent and quarantined', async () => {
  const answers = { 'profiles.use': () => switchResult(true) }
  const { out, questions } = await run(['use', 'Portraits', '--dry-run'], { answers, tty: true })
  assert.deepEqual(questions, [])
  assert.deepEqual(out.trimEnd().split('\n'), [
    'Dry run: nothing is changed.',
    'comfyui: global → work__Portraits',
    '  Appears (1):',
    '    models/loras/film-grain.safetensors',
    '  Disappears (1):',
    '    models/loras/old.safetensors',
    '  Becomes another file (1):',
    '    models/loras/same-name.safetensors',
    '  Shadowed (1):',
    '    models/vae/x.safetensors: the file of Portraits is shown, not that of Base',
    '  Absent (1):',
    '    c.ckpt (Portraits): blocked until approved: synapse approve 77ab01c2d3e4',
    '  Quarantined (1):',
    '    models/loras/mine.safetensors (2 kB), a file of yours where a link must stand',
    'To apply exactly this plan: --expect f1',
  ])
})

test('a switch does not ask, and says what it did', async () => {
  const { code, out, questions, calls } = await run(
    ['use', 'Portraits', '--only', '--sync', '-u', 'forge', '--expect', 'f1'],
    { tty: true },
  )
  assert.deepEqual([code, questions], [0, []])
  assert.match(out, /Done\. work__Portraits is active in comfyui: 1 link added, 1 removed/u)
  assert.match(out, /Moved to quarantine \(1\):\n {4}models\/loras\/mine\.safetensors/u)
  const body = {
    pack: 'Portraits',
    only: true,
    sync: true,
    ui_set: 'forge',
    expect: 'f1',
    dry_run: false,
  }
  assert.deepEqual(calls[0]?.input, { body })
})

test('a switch that an interface could not follow exits with 8', async () => {
  const answers = { 'profiles.back': () => ({ ...switchResult(), not_flipped: ['forge'] }) }
  const { code, out } = await run(['back'], { answers })
  assert.equal(code, ERRORS['view.not_flipped'].exit)
  assert.match(out, /forge could not be updated yet/u)
})

const previewed = {
  dry_run: true,
  views: [
    {
      ui: 'comfyui',
      profile: 'global',
      appear: group('models/loras/a.ckpt'),
      disappear: group('models/loras/b.ckpt'),
      repoint: group(),
    },
    { ui: 'forge', profile: 'global', appear: group(), disappear: group(), repoint: group() },
  ],
}

for (const [argv, id, reported] of [
  [['approve', SHA], 'inventory.approve', '3f2a9c0d11ee would be approved.'],
  [['revoke', SHA], 'inventory.revoke', '3f2a9c0d11ee would be approved.'],
  [
    ['trash', 'restore', ID],
    'trash.restore',
    'old.safetensors (1 kB) would be restored as 3f2a9c0d11ee.',
  ],
  [['resolve', 'Portraits'], 'packs.resolve', '1 file would be resolved.'],
] as const) {
  test(`${argv.join(' ').slice(0, 20)} --dry-run says what interfaces would see`, async () => {
    const answers = { [id]: () => ({ ...(ANSWERS[id] as object), ...previewed }) }
    const dry = await run([...argv, '--dry-run'], { answers })
    assert.equal(dry.code, 0, dry.err)
    assert.deepEqual((last(dry) as { body: unknown }).body, { dry_run: true })
    assert.deepEqual(dry.out.split('\n').slice(0, 7), [
      'Dry run: nothing is changed.',
      reported,
      'comfyui: stays on global',
      '  Appears (1):',
      '    models/loras/a.ckpt',
      '  Disappears (1):',
      '    models/loras/b.ckpt',
    ])
    assert.deepEqual((last(await run(argv)) as { body: unknown }).body, { dry_run: false })
  })
}

test('an id is taken whole or by its last digits', async () => {
  const asked = (id: string, dry_run = false) => ({ params: { id }, body: { dry_run } })
  assert.deepEqual(last(await run(['undo', ID])), asked(ID))
  assert.deepEqual(last(await run(['undo', ID.slice(-6), '--dry-run'])), asked(ID, true))
  assert.deepEqual(last(await run(['undo', 'ffffff'])), asked('ffffff'))
})

test('settings take JSON, text or a list, as each needs', async () => {
  const bodyOf = async (...words: string[]): Promise<unknown> => {
    const ran = await run(['config', 'set', ...words])
    if (ran.code !== 0) return ran.err
    const { dry_run, ...body } = (last(ran) as { body: { dry_run: boolean } }).body
    assert.equal(dry_run, false)
    return body
  }
  assert.deepEqual(await bodyOf('trash.days', '14'), { trash: { days: 14 } })
  assert.deepEqual(await bodyOf('ui_sets.local', 'comfyui'), { ui_sets: { local: ['comfyui'] } })
  assert.deepEqual(await bodyOf('ui_sets.local', 'a', 'b'), { ui_sets: { local: ['a', 'b'] } })
  assert.deepEqual(await bodyOf('ui_sets.local', 'null'), { ui_sets: { local: null } })
  assert.deepEqual(await bodyOf('defaults.use_base', '123'), { defaults: { use_base: '123' } })
  assert.match(String(await bodyOf('trash.days', 'soon')), /trash\.days cannot be set to soon/u)
  assert.match(String(await bodyOf('nothing.such', 'x')), /No such setting: "nothing\.such"/u)
})

test('a pack is described by its options; an empty text takes away', async () => {
  const argv = ['pack', 'edit', 'P', '--model', `${SHA.slice(0, 12)}=people/anna.safetensors`]
  const ran = await run([...argv, '--description', '', '--tag', 'a', '--tag', 'b'])
  const { body } = last(ran) as { body: Record<string, unknown> }
  assert.deepEqual(body['add'], [
    { sha256: SHA, filename: 'anna.safetensors', subfolder: 'people' },
  ])
  assert.deepEqual(
    [body['description'], body['tags'], body['version']],
    [null, ['a', 'b'], undefined],
  )
  const nothing = await run(['pack', 'edit', 'P'])
  assert.deepEqual([nothing.code, nothing.calls.length], [2, 0])
})

test('without a store, status says how to make one', async () => {
  const notes = ['There is no store at /s. Run `synapse init`.']
  const none = { ...ANSWERS['store.status'], initialized: false, notes }
  const answers = { 'store.status': () => none }
  assert.equal((await run(['status'], { answers })).out, `${notes.join('')}\n`)
})

test('status counts no models while the part that holds them is away', async () => {
  const offline = [{ part: 'blobs', path: '/s/data/blobs', reason: 'the folder is empty' }]
  const blobs = { total: 0, referenced: 0, orphan: 0, missing: 0, bytes_total: 0 }
  const answers = { 'store.status': () => ({ ...ANSWERS['store.status'], offline, blobs }) }
  const { out } = await run(['status'], { answers })
  assert.match(out, /Models +not known while a part of the store is offline/u)
})

test('pair lists those who wait, and approves by code', async () => {
  assert.equal((await run(['pair'])).out, 'No browser is waiting.\n')
  const refused = await run(['pair', 'K7WM2QXA', '--refuse'])
  assert.deepEqual(last(refused), { body: { code: 'K7WM2QXA', approve: false } })
  assert.equal(refused.connected[0]?.serviceOnly, true)
})

test('an empty list says so in words', async () => {
  const empty = { limit: 50, offset: 0, ...group() }
  const answers = { 'packs.list': () => empty, 'trash.list': () => empty, 'jobs.list': () => empty }
  assert.match((await run(['list'], { answers })).out, /There are no packs/u)
  assert.equal((await run(['trash'], { answers })).out, 'The trash is empty.\n')
  assert.equal((await run(['jobs'], { answers })).out, 'There are no jobs.\n')
})
