import {
  IconActivity,
  IconAffiliate,
  IconBook2,
  IconCertificate,
  IconLayoutDashboard,
  IconListCheck,
  IconServer2,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { BrandMark } from './brand-mark.js'
import styles from './rail.module.css'

const entries = [
  { to: '/', text: 'Dashboard', Icon: IconLayoutDashboard },
  { to: '/clusters', text: 'Clusters', Icon: IconServer2 },
  { to: '/meshes', text: 'Meshes', Icon: IconAffiliate },
  { to: '/operations', text: 'Operations', Icon: IconListCheck },
  { to: '/certificates', text: 'Certificates', Icon: IconCertificate },
  { to: '/events', text: 'Events', Icon: IconActivity },
] as const

/**
 * The navigation. On small screens it slides in when `open`.
 * Every entry is always there: nothing hides because a cluster or an adapter is missing.
 */
export function Rail({ open }: { open: boolean }) {
  return (
    <nav className={styles.rail} data-open={open} aria-label="Main">
      <Link to="/" className={styles.brand}>
        <BrandMark />
        <span>Meshwright</span>
      </Link>
      <ul className={styles.list}>
        {entries.map(({ to, text, Icon }) => (
          <li key={to}>
            <Link
              to={to}
              className={styles.entry}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              activeProps={{ 'aria-current': 'page' }}
            >
              <Icon size={18} stroke={1.7} aria-hidden="true" />
              {text}
            </Link>
          </li>
        ))}
      </ul>
      <a className={styles.entry} href="/api/docs" target="_blank" rel="noopener">
        <IconBook2 size={18} stroke={1.7} aria-hidden="true" />
        API
      </a>
    </nav>
  )
}
