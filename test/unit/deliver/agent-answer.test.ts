import { describe, expect, test, vi } from 'vitest'
import { type AgentChain, type AgentManners, agentAnswers } from '../../../src/deliver/agent/answer.js'
import { formatAgentQuery, parseFailure, parseStatus } from '../../../src/deliver/agent/protocol.js'
import type { GitCredentials } from '../../../src/deliver/git-credential/git-credential.js'
import { TokenError } from '../../../src/kernel/errors.js'
import { Secret } from '../../../src/kernel/secret.js'

const GET = 'action=get\ntimeout=900\nprotocol=https\nhost=github.com\npath=acme/widgets\n'
const ERASE = GET.replace('get', 'erase').concat('username=x-access-token\npassword=ghs_OLD\n')
const TOKEN = formatAgentQuery('token', {
  request: { repositories: ['acme/widgets'], permissions: { contents: 'read' } },
  apiUrl: 'https://api.github.com',
})

function agent(credentials: Partial<GitCredentials>, manners: Partial<AgentManners> = {}) {
  const told: string[] = []
  const chain: AgentChain = {
    credentials: { isOurs: () => true, credentialFor: async () => undefined, refused: async () => {}, ...credentials },
    issue: async () => 'a line\n',
    reject: async () => {},
    describe: () => ({ version: '1', pid: 2, app: 'Iv', apiUrl: 'u', limit: 'l' }),
  }
  return { ask: agentAnswers(chain, { kind: 'agent', tell: (line) => told.push(line), ...manners }), told }
}
const failing = { credentialFor: () => Promise.reject(new TokenError('ERR_NOT_INSTALLED', 'not there')) }

describe('an agent answers git', () => {
  test('with user name, password and expiry', async () => {
    const credentialFor = async () => ({ username: 'u', password: new Secret('p'), expirySeconds: 7 })
    expect(await agent({ credentialFor }).ask(GET)).toEqual({
      text: 'username=u\npassword=p\npassword_expiry_utc=7\n',
      isUse: true,
    })
  })

  test('with nothing where no rule is', async () => {
    expect((await agent({}).ask(GET)).text).toBe('')
  })

  test('with quit inside exec when it fails, and tells the reason there', async () => {
    const { ask, told } = agent(failing, { kind: 'exec' })
    expect((await ask(GET)).text).toBe('quit=1\n')
    expect(told).toEqual([expect.stringMatching(/^mintlock: not there \[ERR_NOT_INSTALLED\]/)])
  })

  test('with nothing on its own when it fails: the helper behind it says why', async () => {
    const { ask, told } = agent(failing)
    expect([(await ask(GET)).text, told]).toEqual(['', []])
    expect(parseStatus((await ask(formatAgentQuery('status'))).text)?.lastFailure).toContain('not there')
  })

  test('erase with the password that was refused', async () => {
    const refused: string[] = []
    await agent({ refused: async (remote, password) => void refused.push(remote, password.reveal()) }).ask(ERASE)
    expect(refused).toEqual(['https://github.com/acme/widgets', 'ghs_OLD'])
  })

  test('store with nothing, and asks nobody', async () => {
    const never = () => Promise.reject(new Error('asked'))
    const { ask } = agent({ credentialFor: never, refused: never })
    expect(await ask(ERASE.replace('erase', 'store'))).toEqual({ text: '', isUse: false })
  })
})

describe('an agent answers ours', () => {
  test('with the line of the token, or with the failure', async () => {
    expect((await agent({}).ask(TOKEN)).text).toBe('a line\n')
    const chain = { issue: () => Promise.reject(new TokenError('ERR_SCOPE_OUTSIDE_LIMIT', 'too much')) }
    const ask = agentAnswers({ ...chain, describe: () => ({ version: '1' }) } as never, { kind: 'agent', tell: () => {} })
    expect(parseFailure((await ask(TOKEN)).text)).toMatchObject({ code: 'ERR_SCOPE_OUTSIDE_LIMIT', message: 'too much' })
  })

  test.each(['action=exit\ntimeout=900\n', formatAgentQuery('stop')])('%j ends one that stands alone', async (query) => {
    const stop = vi.fn()
    await agent({}, { stop }).ask(query)
    expect(stop).toHaveBeenCalledOnce()
  })

  test('inside exec nothing ends it', async () => {
    const { ask } = agent({}, { kind: 'exec' })
    expect((await ask('action=exit\ntimeout=900\n')).text).toBe('')
    expect(parseFailure((await ask(formatAgentQuery('stop'))).text)?.code).toBe('ERR_USAGE')
  })

  test('looking at its status is no use of it', async () => {
    expect((await agent({}).ask(formatAgentQuery('status'))).isUse).toBe(false)
  })
})
