import { switchTheme } from "/assets/pages/themes.js";

document.getElementById("theme").addEventListener("click", switchTheme);
document.getElementById("print").addEventListener("click", () => print());
