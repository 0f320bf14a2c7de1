// Runs before the first paint, as a file of its own because the page's policy allows no inline script.
const choice = localStorage.getItem('mantine-color-scheme-value')
const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
