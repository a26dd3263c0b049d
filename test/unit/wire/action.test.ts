import { expect, test } from 'vitest'
import type { MintOrder } from '../../../src/deliver/action/house.js'
import { readInputs } from '../../../src/deliver/action/inputs.js'
import { requestOf, targetOf } from '../../../src/deliver/action/target.js'
import { Secret } from '../../../src/kernel/secret.js'
import type { ApiAnswer, ApiRequest } from '../../../src/mint/transport.js'
import { TestClock } from '../../../src/testing/index.js'
import { actionHouse } from '../../../src/wire/action.js'
import type { World } from '../../../src/wire/defaults.js'
import { TEST_PEM } from '../../support/keys.js'

const environment = { 'INPUT_CLIENT-ID': 'Iv23liUnit', 'INPUT_PRIVATE-KEY': TEST_PEM, GITHUB_REPOSITORY: 'acme/widgets' }

/** An action whose GitHub gives these answers, one after the other. */
function staged(...answers: Partial<ApiAnswer>[]) {
  const clock = new TestClock()
  const asked: ApiRequest[] = []
  const connect = () => async (request: ApiRequest) => {
    asked.push(request)
    return { status: 500, body: '{}', header: () => undefined, ...answers.shift() } as ApiAnswer
  }
  const world: World = {
    clock,
    random: () => 0.5,
    uniqueId: () => String(asked.length),
    send: () => Promise.reject(new Error('nothing but GitHub is asked')),
    connect,
    mintedBy: { host: 'h', pid: 1 },
  }
  const house = actionHouse(world, {})
  const inputs = readInputs(environment)
  const target = targetOf(inputs, environment)
  const reasons: string[] = []
  const order: MintOrder = {
    inputs,
    target,
    request: requestOf(target, undefined),
    onAttempt: (reason) => void reasons.push(reason),
  }
  return { clock, asked, house, order, reasons }
}

const installation = { status: 200, body: '{"id":7,"app_slug":"an-app"}' }
const limited = (seconds: string) => ({
  status: 429,
  header: (name: string) => (name === 'retry-after' ? seconds : undefined),
})

test('a minute that GitHub asks for is waited', async () => {
  const { clock, asked, house, order, reasons } = staged(installation, limited('60'), { status: 422 })
  const startedAt = clock.now()
  await expect(house.mint(order)).rejects.toMatchObject({ code: 'ERR_SCOPE_NOT_GRANTED' })
  expect([asked.length, clock.now() - startedAt]).toEqual([3, 60_000])
  expect(reasons).toEqual(['GitHub answered 429: rate limit, asking to wait 60 s'])
})

test('a wait of an hour is not waited', async () => {
  const { house, order, asked } = staged(installation, limited('3600'))
  await expect(house.mint(order)).rejects.toMatchObject({ code: 'ERR_RATE_LIMITED', retryAfterMs: 3_600_000 })
  expect(asked).toHaveLength(2)
})

test('every attempt has a JWT of its own', async () => {
  const { house, order, asked } = staged(installation, { status: 404 }, { status: 404 }, { status: 422 })
  await expect(house.mint(order)).rejects.toMatchObject({ code: 'ERR_SCOPE_NOT_GRANTED' })
  expect(new Set(asked.map(({ bearer }) => bearer.reveal())).size).toBe(4)
})

test('a revocation is given up after half a minute', async () => {
  const { clock, house, asked } = staged()
  const startedAt = clock.now()
  const revoking = house.revoke(new Secret('ghs_x'), 'https://api.github.com')
  await expect(revoking).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE', attempts: 6 })
  expect(asked).toHaveLength(6)
  expect(clock.now() - startedAt).toBeLessThan(30_000)
})

test('an installation without an id, and a slug that is none', async () => {
  await expect(staged({ status: 200, body: '{"id":0}' }).house.mint(staged().order)).rejects.toMatchObject({
    code: 'ERR_UPSTREAM_INVALID',
  })
})
