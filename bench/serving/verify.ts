/** Every contender answers the bytes that the rows say, or nothing is measured. */
import type { Case } from './cases.ts'
import { type Answer, ask } from './connection.ts'
import type { Contender } from './contenders.ts'

/** Answers checked per case and contender: the last ones, so that the circle through the blocks goes on with the first. */
const CHECKED = 20

/** @throws when an answer is not the expected one, or its headers are not those of the others */
export async function verify(one: Case, contenders: readonly Contender[]): Promise<void> {
  for (const asked of one.requests.slice(-CHECKED)) {
    const heads: string[] = []
    for (const { name, workerd } of contenders) {
      const answer = await ask(workerd.port, asked.bytes)
      if (answer.status !== 200 || answer.body !== asked.expected)
        throw new Error(
          `${name}, ${one.title}: answered\n${answer.head}\n\n${answer.body}\nexpected\n${asked.expected}`,
        )
      heads.push(headerNames(answer))
    }
    if (new Set(heads).size > 1) throw new Error(`${one.title}: headers differ:\n${heads.join('\n')}`)
  }
}

function headerNames({ head }: Answer): string {
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
    .sort()
    .join(' ')
}
