import { ProblemPanel } from '../../components/problem-panel.js'

/**
 * Says of a mesh that cannot be installed what Meshwright does for it and what not yet.
 * Without these words a page without that button looks broken, or forbidden.
 */
export function OnlyFound({ title, archived }: { title: string; archived: boolean }) {
  return (
    <ProblemPanel
      tone="idle"
      problem={{
        title: `Meshwright finds ${title}, and does not install it yet`,
        text: `Its control plane, versions, add-ons and members are shown wherever they are, whoever installed them. Namespaces can leave it and join it; nothing else is offered that would change it.${
          archived ? ' The project is archived: it gets no more fixes, so look for a way to another mesh.' : ''
        }`,
      }}
    />
  )
}
