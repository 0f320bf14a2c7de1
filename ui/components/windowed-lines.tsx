import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import styles from './windowed-lines.module.css'

const lineHeight = 20
const spare = 20

interface WindowedLinesProps {
  label: string
  count: number
  line: (index: number) => ReactNode
  follow: boolean
  onFollow: (follow: boolean) => void
}

/**
 * Many lines of one height, of which only the visible ones exist. Following sticks to the end; scrolling up lets go.
 * Fifty thousand lines cost as much as fifty: each is 20 px high, so that its place is known without measuring.
 */
export function WindowedLines({ label, count, line, follow, onFollow }: WindowedLinesProps) {
  const box = useRef<HTMLElement>(null)
  const [view, setView] = useState({ top: 0, height: 400 })
  const measure = useCallback(() => {
    if (box.current) setView({ top: box.current.scrollTop, height: box.current.clientHeight })
  }, [])

  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = count * lineHeight
  }, [follow, count])
  useEffect(() => {
    const observer = new ResizeObserver(measure)
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [measure])

  // Only a hand lets go: our own jump to the end also scrolls, but always ends at the end.
  const scrolled = () => {
    measure()
    const { scrollTop, clientHeight, scrollHeight } = box.current ?? { scrollTop: 0, clientHeight: 0, scrollHeight: 0 }
    const atEnd = scrollTop + clientHeight >= scrollHeight - 2 * lineHeight
    if (follow && !atEnd && scrollTop < view.top) onFollow(false)
  }

  const first = Math.max(0, Math.floor(view.top / lineHeight) - spare)
  const last = Math.min(count, Math.ceil((view.top + view.height) / lineHeight) + spare)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section ref={box} className={styles.box} aria-label={label} tabIndex={0} onScroll={scrolled}>
      <div className={styles.space} style={{ height: count * lineHeight }}>
        <div className={styles.lines} style={{ transform: `translateY(${first * lineHeight}px)` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, offset) => line(first + offset))}
        </div>
      </div>
    </section>
  )
}
