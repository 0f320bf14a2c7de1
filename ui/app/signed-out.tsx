import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { CommandLine } from '../components/command-line.js'
import { RequestProblem } from '../components/request-problem.js'
import type { RequestFailure } from '../lib/request-failure.js'
import { BrandMark } from './brand-mark.js'
import { codeFrom, signIn } from './sign-in.js'
import styles from './signed-out.module.css'

/**
 * No session: how to get one. There is no password and no account; the command line of this machine hands out codes.
 * It shows why a code was refused, and takes a new one, or the whole address, in the same place.
 */
export function SignedOut({ failure }: { failure: RequestFailure | undefined }) {
  const [text, setText] = useState('')
  const enter = useMutation({ mutationFn: () => signIn(codeFrom(text)) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter.mutate()
  }
  const problem = enter.error ?? failure
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <BrandMark size={40} />
        <h1 className={styles.title}>Open Meshwright from your terminal</h1>
        <p className={styles.text}>
          This browser is not signed in. On the machine where Meshwright runs, type this. It opens a page that is signed in, with a code
          that works once.
        </p>
        <CommandLine command="meshwright open" />
        {problem && <RequestProblem error={problem} />}
        <form className={styles.form} onSubmit={submit}>
          <TextInput
            className={styles.code}
            label="Or paste the code, or the address that the server printed"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
          <Button type="submit" size="sm" loading={enter.isPending} disabled={text.trim() === ''}>
            Sign in
          </Button>
        </form>
      </div>
    </main>
  )
}
