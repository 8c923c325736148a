// Before the first paint: the theme that was chosen here, or none to follow the system.
// Its own file, because the page's policy allows no inline script. See src/app/theme.ts.
try {
  const theme = localStorage.getItem('segue.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the system's theme it is.
}
