import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react'

const choices: Record<MantineColorScheme, { next: MantineColorScheme; text: string; Icon: typeof IconSun }> = {
  auto: { next: 'light', text: 'as the system', Icon: IconDeviceDesktop },
  light: { next: 'dark', text: 'light', Icon: IconSun },
  dark: { next: 'auto', text: 'dark', Icon: IconMoon },
}

/**
 * System, light, dark, in a circle. The choice is kept in this browser.
 * Its label says what it is and what pressing it makes it; theme.js reads the choice before the first paint.
 */
export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { next, text, Icon } = choices[colorScheme]
  const label = `Theme: ${text}. Change to ${choices[next].text}`
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} title={label} onClick={() => setColorScheme(next)}>
      <Icon size={18} stroke={1.7} />
    </ActionIcon>
  )
}
