// Before the first paint: the theme that was chosen here, else the system's. A classic script, so that it blocks.
document.documentElement.dataset.theme =
  localStorage.getItem("floorbook-theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
  if (!localStorage.getItem("floorbook-theme")) {
    document.documentElement.dataset.theme = event.matches ? "dark" : "light";
    document.dispatchEvent(new Event("floorbook:theme"));
  }
});
