import { Link } from '@tanstack/react-router'
import { PageHeader } from '../components/page-header.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'

/**
 * The page for an address that leads nowhere.
 * The address itself is shown, because a missing letter is the usual reason.
 */
export function NotFound() {
  return (
    <>
      <PageHeader title="There is nothing at this address" />
      <Section title="Not found">
        <StatePicture state="empty" title={`No page is called ${location.pathname}`} action={<Link to="/">Go to the dashboard</Link>}>
          The address may be mistyped, or come from another version of Meshwright.
        </StatePicture>
      </Section>
    </>
  )
}
