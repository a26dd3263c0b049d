import { describe, expect, test } from 'vitest'
import { inputOf, readInputs } from '../../../src/deliver/action/inputs.js'
import { parseKeeperFarewell, parseKeeperPlace } from '../../../src/deliver/action/keeper-protocol.js'
import { commandScript, isRelayHelper, relayHelper } from '../../../src/deliver/action/later-steps.js'
import { checkProxy } from '../../../src/deliver/action/proxy.js'
import { targetOf } from '../../../src/deliver/action/target.js'
import { fileEntry, maskablePieces, workflowTo } from '../../../src/deliver/action/workflow.js'
import { isAgentHelper } from '../../../src/deliver/agent/socket.js'
import { isOurHelper } from '../../../src/deliver/exec/git-variables.js'
import { ACCEPTED_FORMS, TEST_PEM } from '../../support/keys.js'

describe('what is masked of a key', () => {
  test.each(ACCEPTED_FORMS)('%s: every piece of it that is long enough', (_form, write) => {
    const text = write(TEST_PEM)
    const pieces = maskablePieces(text)
    const rest = pieces.toSorted((a, b) => b.length - a.length).reduce((left, piece) => left.replaceAll(piece, '***'), text)
    expect(rest).not.toMatch(/[A-Za-z0-9+/=_-]{33}/)
  })

  test('no label of a PEM, nothing short, nothing twice, nothing of nothing', () => {
    const line = 'A'.repeat(64)
    expect(maskablePieces(`-----BEGIN RSA PRIVATE KEY-----\n${line}\n${line}\nshort==\n-----END RSA PRIVATE KEY-----`)).toEqual([
      line,
    ])
    expect(maskablePieces('')).toEqual([])
  })
})

describe('words to the runner', () => {
  const said = (act: (workflow: ReturnType<typeof workflowTo>) => void) => {
    let text = ''
    act(workflowTo((words) => (text += words)))
    return text
  }

  test('what is in a command cannot end it', () => {
    expect(said(({ error }) => error('50%\r\n::add-path::/x'))).toBe('::error::50%25%0D%0A::add-path::/x\n')
    expect(said(({ mask }) => mask('a\nb'))).toBe('::add-mask::a%0Ab\n')
  })

  test('what is said is no command', () => {
    expect(said(({ info }) => info('a\n::stop-commands::x\n  ##[group]y'))).not.toMatch(/^\s*(?:::|##\[)/m)
    expect(said(({ info }) => info('plain ::text::'))).toBe('plain ::text::\n')
  })

  test('an entry of a file ends where it says', () => {
    expect(fileEntry('token', 'a\nb', 'u')).toBe('token<<mintlock_u\na\nb\nmintlock_u\n')
  })
})

describe('proxies', () => {
  const proxied = { HTTPS_PROXY: 'http://p', NODE_USE_ENV_PROXY: '1' }
  test.each(['20.20.2', '22.20.0', '23.11.0'])('Node %s cannot, and is not let around it', (version) => {
    expect(() => checkProxy(proxied, version)).toThrow(`Node.js ${version} has no proxy support`)
    expect(() => checkProxy({}, version)).not.toThrow()
  })
  test.each(['22.21.0', '24.0.0', '26.10.0'])('Node %s can', (version) => {
    expect(() => checkProxy(proxied, version)).not.toThrow()
    expect(() => checkProxy({ ...proxied, NODE_USE_ENV_PROXY: 'true' }, version)).toThrow('Set NODE_USE_ENV_PROXY=1')
  })
})

describe('inputs', () => {
  const given = { INPUT_APP: 'x', 'INPUT_CLIENT-ID': ' Iv1.a ', 'INPUT_PRIVATE-KEY': 'k' }

  test('are found as the runner hands them over, trimmed', () => {
    expect(inputOf({ 'INPUT_A_B-C': ' x ' }, 'a b-c')).toBe('x')
    expect(readInputs(given)).toMatchObject({ app: 'Iv1.a', permissions: undefined, repositories: [], keepFresh: false })
  })

  test('client-id beats app-id', () => {
    expect(readInputs({ ...given, 'INPUT_APP-ID': '7' }).app).toBe('Iv1.a')
  })

  test.each([
    ['true', true],
    ['TRUE', true],
    ['True', true],
    ['false', false],
    ['', false],
  ])('%j is a boolean', (text, value) => {
    expect(readInputs({ ...given, 'INPUT_KEEP-FRESH': text }).keepFresh).toBe(value)
  })

  test('names of permissions never reach an object from above', () => {
    const { permissions } = readInputs({ ...given, 'INPUT_PERMISSION-__PROTO__': 'read', 'INPUT_PERMISSION-CONTENTS': 'read' })
    expect(Object.keys(permissions ?? {})).toContain('contents')
    expect(({} as Record<string, unknown>)['read']).toBeUndefined()
  })

  test('an owner is compared without case', () => {
    const target = targetOf({ enterprise: '', owner: 'Acme', repositories: ['aCME/Widgets'] }, {})
    expect(target.lookupPath).toBe('/repos/Acme/Widgets/installation')
  })
})

describe('what later steps find', () => {
  const relay = relayHelper("/tmp/it's", ['/node', '/token.cjs', '/s', ''])
  test('the relay is known again, and is no other helper of ours', () => {
    expect([isRelayHelper(relay), isAgentHelper(relay), isOurHelper(relay)]).toEqual([true, false, false])
    expect(isRelayHelper('store')).toBe(false)
  })
  test('words are quoted for the shell', () => {
    expect(commandScript(['/a b', "it's"])).toBe(`#!/bin/sh\nexec '/a b' 'it'\\''s' "$@"\n`)
  })
  test.each([
    '',
    '{}',
    'null',
    '[]',
    '{"socket":"/s","folder":"/f","bin":"/b","pid":1}',
    '{"socket":"s","folder":"/f","bin":"/b","pid":9}',
  ])('a state that no step of ours wrote is none: %s', (text) => {
    expect(parseKeeperPlace(text)).toBeUndefined()
    expect(parseKeeperFarewell(text)).toBeUndefined()
  })
})
