/** Our sign: two threads that cross, held at four points. */
export function BrandMark({ size = 26 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#1b4a43" />
      <g fill="none" stroke="#5fd3bc" strokeWidth="2.2" strokeLinecap="round">
        <path d="M7 11.5c6 0 6 9 12 9h6" />
        <path d="M7 20.5c6 0 6-9 12-9h6" />
      </g>
      <g fill="#f2b84b">
        <circle cx="7" cy="11.5" r="2.3" />
        <circle cx="7" cy="20.5" r="2.3" />
        <circle cx="25" cy="11.5" r="2.3" />
        <circle cx="25" cy="20.5" r="2.3" />
      </g>
    </svg>
  )
}
