import { Button, type CSSVariablesResolver, createTheme, NativeSelect, SegmentedControl, Textarea, TextInput } from '@mantine/core'

/**
 * Mantine in our colours and density. What has a name in base.css is taken from there.
 * Verdigris is the accent; the dark greys lean to it, so that surfaces and buttons belong together.
 */
export const theme = createTheme({
  primaryColor: 'verdigris',
  primaryShade: { light: 7, dark: 6 },
  colors: {
    verdigris: ['#e6f7f3', '#cdebe4', '#9bd7c9', '#66c1ad', '#3dae96', '#219f86', '#0c7a67', '#0a6b5b', '#085648', '#053f35'],
    dark: ['#e6eeeb', '#c4d0cc', '#93a39e', '#5c6b66', '#3a4945', '#2a3633', '#1b2522', '#141c1a', '#0d1312', '#080c0b'],
    red: ['#fdecea', '#f9d4cf', '#f2a9a1', '#ec7b70', '#e55548', '#d93f31', '#bd2c1f', '#a82217', '#8a1a10', '#6b110a'],
  },
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    SegmentedControl: SegmentedControl.extend({ styles: { root: { background: 'var(--surface-3)' } } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'sm' } }),
    NativeSelect: NativeSelect.extend({ defaultProps: { size: 'sm' } }),
  },
})

const inks = {
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-dimmed': 'var(--ink-3)',
  '--mantine-color-placeholder': 'var(--ink-3)',
  '--mantine-color-error': 'var(--bad)',
}

/** Mantine's own inks, taken from ours: its greys are too light to be read on white. */
export const inkResolver: CSSVariablesResolver = () => ({ variables: {}, light: inks, dark: inks })
