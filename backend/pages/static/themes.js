// The other theme, and kept: theme.js reads it before the next page is painted.
export function switchTheme() {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("floorbook-theme", dataset.theme);
}
