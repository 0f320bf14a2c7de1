import { ProblemPanel } from '../../components/problem-panel.js'

/**
 * Says of a mesh without actions what Meshwright does for it and what not yet.
 * Without these words a page without buttons looks broken, or forbidden.
 */
export function OnlyFound({ title, archived }: { title: string; archived: boolean }) {
  return (
    <ProblemPanel
      tone="idle"
      problem={{
        title: `Meshwright finds ${title}, and does not install it yet`,
        text: `Its control plane, versions, add-ons and members are shown wherever they are, whoever installed them. Nothing is offered that would change them.${
          archived ? ' The project is archived: it gets no more fixes, so look for a way to another mesh.' : ''
        }`,
      }}
    />
  )
}
