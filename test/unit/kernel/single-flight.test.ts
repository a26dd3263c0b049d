import { expect, test } from 'vitest'
import { SingleFlight } from '../../../src/kernel/single-flight.js'

test('C16 a hundred asks for one key are one call, and each gets its answer', async () => {
  const flights = new SingleFlight<object>()
  let calls = 0
  const ask = () => flights.run('key', async () => ({ call: ++calls }))
  const answers = await Promise.all(Array.from({ length: 100 }, ask))
  expect([calls, new Set(answers).size]).toEqual([1, 1])
})

test('other keys are not waited for', async () => {
  const flights = new SingleFlight<string>()
  const hung = flights.run('hung', () => new Promise<string>(() => undefined))
  expect(await flights.run('healthy', async () => 'here')).toBe('here')
  expect(await Promise.race([hung, Promise.resolve('still hung')])).toBe('still hung')
})

test('a failure is shared by those who wait and by nobody after', async () => {
  const flights = new SingleFlight<string>()
  const failing = () => flights.run('key', () => Promise.reject(new Error('once')))
  const outcomes = await Promise.allSettled([failing(), failing()])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await flights.run('key', async () => 'again')).toBe('again')
})

test('two instances share nothing', async () => {
  let calls = 0
  const call = async () => `${++calls}`
  const both = [new SingleFlight<string>(), new SingleFlight<string>()].map((flights) => flights.run('key', call))
  expect(await Promise.all(both)).toEqual(['1', '2'])
})

test('an answer is not remembered', async () => {
  const flights = new SingleFlight<number>()
  let calls = 0
  const ask = () => flights.run('key', async () => ++calls)
  expect([await ask(), await ask()]).toEqual([1, 2])
})
